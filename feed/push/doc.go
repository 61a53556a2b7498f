// Package push takes rows that a source posts, as CSV or as JSON (an array or
// lines of flat objects), through the same mapping as rows of a file.
//
// A body is read whole, within a limit, and every row is split before the first
// is applied: a connection that breaks, a body that is too large, a column that
// nobody mapped or JSON that ends early leave nothing behind. Rows are then
// applied in batches, each durable when the next begins. If the city refuses in
// the middle, the report says how many rows were taken, and sending the whole
// body again does not double them: there is one instance per source, entity,
// attribute and time.
//
// Rows that cannot be mapped are quarantined one by one and do not hold back the
// others, nor does a JSON object with a member that nobody mapped. Correct takes
// such a row back after a person has mended its text.
package push
