// Package operation is how the product's own interface (/api/v1) describes an
// operation and answers it: the same errors, the same pages, the same problems,
// whatever the operation is about.
package operation
