// Package town is a made-up city with one pack, for tests and measurements that
// must not depend on real data: vehicles that come over NGSI-LD and fall into
// jams, a counter file that grows, and reports that are pushed. Beside it lies
// the harbour, a second city, whose situations become cases.
package town
