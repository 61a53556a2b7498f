package sqlstore

import "strings"

// valid keeps text that is not UTF-8 from holding up every later checkpoint.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// storable is s as a column of text takes it: PostgreSQL has no NUL in texts.
func storable(s string) string { return strings.ReplaceAll(valid(s), "\x00", "\uFFFD") }

// plain says whether a column of text takes s as it is.
func plain(s string) bool { return storable(s) == s }
