// Package console carries the web console: the pages that `npm run build` writes
// into dist, each asset beside its gzip form. The console speaks only the
// program's own interfaces (api/) and draws no conclusion of its own.
//
// Its sources are in src, one folder per page named as in the menu: duty is the
// duty officer's screen (值班大屏), cases the case work, feeds the feeds and
// their quarantine, signin the ways in. What several pages share is in api,
// stores, stream, map, design and words.
package console
