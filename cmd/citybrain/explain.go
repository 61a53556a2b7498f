package main

import (
	"context"
	"fmt"
	"os"

	"citybrain/app"
)

type ruleCommands struct {
	Explain explainCommand `cmd:"" help:"Say why a rule raised on an entity, or why not, with the values."`
}

type explainCommand struct {
	Data     string `help:"Data folder of the city; it is only read, also while the city runs." default:"./data" placeholder:"DIR"`
	City     string `help:"Folder of the city definition." required:"" placeholder:"DIR"`
	Packs    string `help:"Folder where the packs lie that the city enables. Default: packs beside the folder that holds the city." placeholder:"DIR"`
	Records  string `help:"Address of the PostgreSQL database, if the records are there." env:"CITYBRAIN_SERVE_RECORDS" placeholder:"URL"`
	Rule     string `help:"The rule, as PACK/RULE; RULE is enough where one pack has it." required:"" placeholder:"PACK/RULE"`
	Entity   string `help:"The entity, by its URI; of a rule with a key also one of its groups." required:"" placeholder:"ID"`
	At       string `help:"As it was then (RFC 3339), from the sealed days of the folder. Default: as of the folder's last checkpoint." placeholder:"TIME"`
	Warmup   string `help:"With --at: how long before it reading begins, so that windows are warm." default:"7d" placeholder:"TIME"`
	Language string `help:"Language of the text: zh or en." default:"zh" enum:"zh,en"`
	JSON     bool   `name:"json" help:"Print it as JSON, with both languages."`
}

// Run explains.
func (c explainCommand) Run(ctx context.Context) error {
	x, err := app.Explaining{City: c.City, Packs: c.Packs, Data: c.Data, Records: c.Records, Rule: c.Rule, Entity: c.Entity, At: c.At, Warmup: c.Warmup}.Run(ctx)
	if err != nil {
		return byFlag(err)
	}
	if !c.JSON {
		fmt.Print(x.Text(c.Language))
		return nil
	}
	text, err := x.JSON()
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	return err
}
