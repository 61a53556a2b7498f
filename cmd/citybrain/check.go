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
	faults = append(faults, packtest.Check(c.Dir)...)
	if err := report(c.Dir, faults); err != nil {
		return err
	}
	advise(p.Advice())
	for _, r := range p.Rules {
		fmt.Printf("rule %s: %s\n", r.Name(), r.Bound())
	}
	fmt.Printf("pack %s %s: %s, %s, no faults\n", p.Name, p.Version, count(len(p.Standards), "data standard"), count(len(p.Rules), "rule"))
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
	Init  cityInit  `cmd:"" help:"Write the beginning of a new city: a definition, two feeds, a small pack."`
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
		packs = filepath.Join(c.Dir, "..", "..", "packs")
	}
	definition, faults := pack.LoadCity(c.Dir, packs)
	for _, p := range definition.Packs {
		faults = append(faults, packtest.Check(p.Dir)...)
	}
	if err := report(c.Dir, faults); err != nil {
		return err
	}
	advise(definition.Advice())
	fmt.Printf("city %s: %s, %s, %s, no faults\n", definition.Name.EN,
		count(len(definition.Feeds), "feed"), count(len(definition.Packs), "pack"), count(len(definition.Rules()), "rule"))
	return nil
}

func report(dir string, faults city.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, faults.Err())
	fmt.Fprintf(os.Stderr, "%s: %s\n", dir, count(len(faults), "fault"))
	return errSilent
}

// advise prints what runs but reads badly.
func advise(advice city.Faults) {
	for _, a := range advice {
		fmt.Fprintf(os.Stderr, "warning: %s\n", a)
	}
}

// count is a number with its noun: "1 fault", "2 faults".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
