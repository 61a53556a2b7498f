package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"citybrain/app"
	"citybrain/city"
	"citybrain/ledger"
)

type verifyCommand struct {
	Data       string `help:"Data folder of a city: everything in its ledger and the records behind it is recomputed." placeholder:"DIR" xor:"what"`
	Records    string `help:"Address of the PostgreSQL database, if the records are there." env:"CITYBRAIN_SERVE_RECORDS" placeholder:"URL"`
	Checkpoint string `help:"A checkpoint of this ledger that was saved elsewhere: truncation and roll-back are found against it." placeholder:"FILE"`
	Proof      string `help:"A proof file to check instead; needs --key." placeholder:"FILE" xor:"what"`
	Key        string `help:"The ledger's public key, or a file with it." placeholder:"KEY"`
}

// Run recomputes and exits with status 1 if anything is damaged.
func (c verifyCommand) Run(ctx context.Context) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	switch {
	case c.Proof != "":
		return c.proof(key)
	case c.Data == "":
		return city.InvalidField("verify", "--data", "is not set: name the data folder of a city, or a --proof FILE with its --key")
	}
	var saved []byte
	if c.Checkpoint != "" {
		if saved, err = os.ReadFile(c.Checkpoint); err != nil {
			return city.InvalidField("verify", "--checkpoint", "cannot be read: %v", err)
		}
	}
	kept, err := app.OpenKept(ctx, c.Data, c.Records)
	if err != nil {
		return err
	}
	defer kept.Close()
	report, err := kept.Verify(ctx, saved, key)
	if err != nil {
		return err
	}
	return tell(report)
}

func tell(r *ledger.Report) error {
	for _, d := range r.Damages {
		fmt.Println("DAMAGED " + d.String())
	}
	if r.Omitted > 0 {
		fmt.Printf("and %d more\n", r.Omitted)
	}
	fmt.Printf("ledger %s: %d leaves, %d tiles, %d records, %s of evidence; %d records wait for their leaf\n",
		r.Checkpoint.Origin, r.Leaves, r.Tiles, r.Records, count(int(r.Files), "file"), r.Waiting)
	if !r.Sound() {
		fmt.Printf("NOT VERIFIED: %s\n", count(len(r.Damages)+int(r.Omitted), "damage"))
		return errSilent
	}
	if r.Saved >= 0 {
		fmt.Printf("it has grown from the saved checkpoint of %d leaves\n", r.Saved)
	}
	fmt.Println("verified")
	return nil
}

func (c verifyCommand) proof(key ledger.Key) error {
	if key == "" {
		return city.InvalidField("verify", "--key", "is not set: a proof is checked with the ledger's public key (ledger/key.pub in the data folder), from somebody you trust")
	}
	data, err := os.ReadFile(c.Proof)
	if err != nil {
		return city.InvalidField("verify", "--proof", "cannot be read: %v", err)
	}
	proven, err := ledger.VerifyProof(data, key)
	if err != nil {
		return err
	}
	fmt.Printf("verified: record %s is leaf %d of ledger %s\n%s\n", proven.Record.ID, proven.Record.Leaf, proven.Checkpoint.Origin, proven.Record.Body)
	return nil
}

// key is the public key that the flag names or holds.
func (c verifyCommand) key() (ledger.Key, error) {
	if c.Key == "" {
		return "", nil
	}
	if data, err := os.ReadFile(c.Key); err == nil {
		return ledger.Key(strings.TrimSpace(string(data))), nil
	}
	return ledger.Key(c.Key), nil
}

type proofCommand struct {
	Record  string `arg:"" help:"Id of the record, such as case.CASE.3; the console shows it beside each move."`
	Data    string `help:"Data folder of the city." default:"./data" placeholder:"DIR"`
	Records string `help:"Address of the PostgreSQL database, if the records are there." env:"CITYBRAIN_SERVE_RECORDS" placeholder:"URL"`
	Out     string `help:"File to write. Default: the record's id with the ending .tlog-proof; - is standard output." placeholder:"FILE"`
}

// Run writes the proof.
func (c proofCommand) Run(ctx context.Context) error {
	kept, err := app.OpenKept(ctx, c.Data, c.Records)
	if err != nil {
		return err
	}
	defer kept.Close()
	proof, err := kept.Proof(ctx, ledger.RecordID(c.Record))
	if err != nil {
		return err
	}
	if c.Out == "-" {
		_, err = os.Stdout.Write(proof)
		return err
	}
	if c.Out == "" {
		c.Out = c.Record + ledger.ProofSuffix
	}
	if err := os.WriteFile(c.Out, proof, 0o644); err != nil {
		return city.InvalidField("proof", "--out", "cannot be written: %v", err)
	}
	fmt.Println("written to " + c.Out)
	return nil
}
