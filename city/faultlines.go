package city

// Besides is fs and those of more that are about other lines. A line that could
// not be read gives faults of meaning that nobody made; more holds such.
func (fs Faults) Besides(more Faults) Faults {
	type line struct {
		file string
		line int
	}
	at := make(map[line]bool, len(fs))
	for _, f := range fs {
		at[line{f.File, f.Line}] = true
	}
	for _, f := range more {
		if !at[line{f.File, f.Line}] {
			fs = append(fs, f)
		}
	}
	return fs
}
