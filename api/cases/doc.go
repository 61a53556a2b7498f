// Package cases serves the joint response to what is wrong in the city: lists of
// cases, one case with all that was done and can be done, moves, and the files
// of evidence. What may be done is decided by casework alone.
package cases
