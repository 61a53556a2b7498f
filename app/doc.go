// Package app joins the rooms: it makes every part from one Config, runs them
// and closes them, and holds the joints that no room may know of: a feed's rows
// go to the model's writer, batches go on to rules and live changes, checkpoints
// and trimming follow each other. It is the only package that may import
// everything.
package app
