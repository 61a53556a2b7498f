// Command citybrain runs a city and the tools around it. It parses the command
// line and calls app.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build (make build).
var version = "dev"

type commands struct {
	Serve        serveCommand     `cmd:"" help:"Run a city."`
	Demo         demoCommand      `cmd:"" help:"Show a simulated city, in a temporary folder."`
	Pack         packCommands     `cmd:"" help:"Check and test scenario packs."`
	City         cityCommands     `cmd:"" help:"Begin and check city definitions."`
	Rule         ruleCommands     `cmd:"" help:"Ask the rules of a city."`
	Backtest     backtestCommand  `cmd:"" help:"Say what rules would have raised over a part of the past."`
	ReplayDigest digestCommand    `cmd:"" help:"Replay feed files and print one digest over all situations and the final model."`
	Bench        benchCommand     `cmd:"" help:"Measure this program on this machine."`
	CityBench    cityBenchCommand `cmd:"" name:"bench-citybench" hidden:""`
	EmptyHandler emptyCommand     `cmd:"" name:"bench-empty-handler" hidden:""`
	Verify       verifyCommand    `cmd:"" help:"Recompute the evidence of a city, or check one proof."`
	Proof        proofCommand     `cmd:"" help:"Write the proof of one record to a file."`
	Version      versionCommand   `cmd:"" help:"Print the version."`
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	fmt.Printf("citybrain %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// errSilent ends the program with status 1 after the reason was printed.
var errSilent = errors.New("")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := kong.Must(&commands{}, kong.Name("citybrain"),
		kong.Description("City Brain (城市数据大脑) joins the live data of a city's departments and finds what crosses their borders."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	k, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "citybrain: %v; see citybrain --help\n", err)
		os.Exit(2)
	}
	if err := k.Run(); err != nil {
		if !errors.Is(err, errSilent) {
			fmt.Fprintln(os.Stderr, "citybrain: "+readable(err))
		}
		os.Exit(1)
	}
}
