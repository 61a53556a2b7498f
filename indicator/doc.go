// Package indicator evaluates the city's figures (指标): named numbers, each with
// a definition and the rows it counts. A number that cannot be opened into its
// rows is no figure here.
//
// What a pack's figures are is read by pack; queries arrive compiled. Evaluating
// a figure is a pure reading of the present, the situations and the records that
// the caller hands in.
package indicator
