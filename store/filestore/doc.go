// Package filestore keeps files of evidence in a folder, each under the SHA-256
// of its content: photos, texts and PDF documents that people attach to cases.
//
// What a name promises is always there in full: a file gets its name after its
// content is on the disk. What a file is, its content says, not its name or the
// sender: an image must have an image's header with sane dimensions, a PDF
// begins like one, everything else must be text. Who serves a file says its type
// and forbids guessing another.
package filestore
