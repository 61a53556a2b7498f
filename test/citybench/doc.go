// Package citybench replays the streams of CityBench, the published benchmark
// of stream queries on data of the city of Aarhus (Ali, Gao, Mileo, ISWC 2015),
// and asks its twelve queries as rules of City Brain.
//
// A query of CityBench gives a stream of results, a rule a situation with a
// beginning and an end. So what counts here is each evaluation that holds, also
// while the situation is up already: the engine tells them to an observer, with
// the readings that they rest on. An oracle that looks at every observation of
// every window by itself says which observations must stand in a result.
//
// docs/citybench.md tells the method and what differs from the published runs;
// "citybrain bench citybench" measures and writes its table.
package citybench
