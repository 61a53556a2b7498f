package citybrain

import "embed"

// Definitions holds the city definitions and scenario packs of the repository,
// as folders cities/ and packs/, so that the program alone can show a city.
//
//go:embed cities packs
var Definitions embed.FS
