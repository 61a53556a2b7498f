// Package caller carries who makes a request from the door (api) to the
// operations behind it.
package caller
