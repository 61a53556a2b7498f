package ledger

// What is damaged: the part of the evidence that a Damage names.
type What string

// The parts.
const (
	DamagedCheckpoint What = "checkpoint" // ID: its file
	DamagedTile       What = "tile"       // ID: its file, relative to the folder
	DamagedEntries    What = "entries"    // ID: the file of the bundle
	DamagedLeaf       What = "leaf"       // ID: its index
	DamagedRecord     What = "record"     // ID: the record's id
	DamagedSubject    What = "subject"    // ID: the case or account that differs from its last record
	DamagedFile       What = "file"       // ID: the hash of a file of evidence that is missing or was changed
	MissingRecord     What = "no-record"  // ID: the index of a leaf that no record has
	MissingLeaf       What = "no-leaf"    // ID: the record whose leaf the log does not have
	RolledBack        What = "roll-back"  // ID: the size of the saved checkpoint
	Forked            What = "fork"       // ID: the size of the saved checkpoint
)

// Damage is one fault that verification found. Text says what was found and
// what was to be expected, for the person who reads it.
type Damage struct {
	What What
	ID   string
	Text string
}

// String is the damage on one line.
func (d Damage) String() string { return string(d.What) + " " + d.ID + ": " + d.Text }
