package main

import (
	"fmt"
	"os"
	"path/filepath"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/pack/packtest"
)

type packCommands struct {
	Check packCheck `cmd:"" help:"Check everything in a pack and list every fault."`
	Test  packTest  `cmd:"" help:"Run the tests of a pack, without a server."`
}

type packCheck struct {
	Dir string `arg:"" help:"Folder of the pack."`
}

// Run lists the faults of a pack.
func (c packCheck) Run() error {
	p, faults := pack.Load(c.Dir)
	if err := report(c.Dir, faults); err != nil {
		return err
	}
	fmt.Printf("pack %s %s: %d data standards, %d rules, no faults\n", p.Name, p.Version, len(p.Standards), len(p.Rules))
	return nil
}

type packTest struct {
	Dir string `arg:"" help:"Folder of the pack."`
}

// Run runs the tests of a pack.
func (c packTest) Run() error {
	passed, failed, err := packtest.Run(c.Dir, os.Stdout)
	if err != nil {
		return err
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return errSilent
	}
	return nil
}

type cityCommands struct {
	Check cityCheck `cmd:"" help:"Check a city definition with its packs and list every fault."`
}

type cityCheck struct {
	Dir   string `arg:"" help:"Folder of the city definition."`
	Packs string `help:"Folder of the packs. Default: packs beside the folder that holds the city." placeholder:"DIR"`
}

// Run lists the faults of a city definition.
func (c cityCheck) Run() error {
	packs := c.Packs
	if packs == "" {
		packs = filepath.Join(filepath.Dir(filepath.Dir(filepath.Clean(c.Dir))), "packs")
	}
	definition, faults := pack.LoadCity(c.Dir, packs)
	if err := report(c.Dir, faults); err != nil {
		return err
	}
	fmt.Printf("city %s: %d feeds, %d packs, %d rules, no faults\n", definition.Name.EN, len(definition.Feeds), len(definition.Packs), len(definition.Rules()))
	return nil
}

func report(dir string, faults city.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, faults.Err())
	fmt.Fprintf(os.Stderr, "%s: %d faults\n", dir, len(faults))
	return errSilent
}
