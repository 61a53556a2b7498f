// Package history is the past: every reading that the city accepted, by entity
// type and UTC day.
//
// Young readings stand in memory (the tail); a day that is over is sealed into
// a Parquet file, once, and entered in a manifest together with the log
// position up to which it is complete. So the past is a function of the log:
// after a crash it is the sealed segments plus the log's messages behind them.
//
// An instance is what a source said of one attribute of one entity at one
// moment (NGSI-LD temporal evolution, ETSI GS CIM 009 clause 4.5.6): there is
// exactly one, and a later write to it replaces it. Instances of the same
// entity, source and moment form one reading.
//
// The present lives in model/, the log in bus/, the manifest's table in
// store/sqlstore. Deletions leave the past as it is.
package history
