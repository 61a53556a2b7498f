package postgres

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

// query asks a database by psql.
func query(t *testing.T, s *Server, address, sql string) string {
	t.Helper()
	out, err := s.command(t.Context(), "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command="+sql, address).CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	return strings.TrimSpace(string(out))
}

func TestDatabaseIsNewAndSyncs(t *testing.T) {
	one, two := Database(t), Database(t)
	if one == two {
		t.Fatal("two tests have one database")
	}
	s := Shared(t)
	query(t, s, one, `CREATE TABLE a (b TEXT)`)
	if n := query(t, s, two, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); n != "0" {
		t.Fatalf("a new database has %s tables", n)
	}
	if on := query(t, s, one, `SELECT current_setting('fsync') || current_setting('synchronous_commit')`); on != "onon" {
		t.Fatal(on)
	}
	if port := query(t, s, one, `SELECT current_setting('listen_addresses')`); port != "" {
		t.Fatalf("listens on %q", port)
	}
}

func TestRestartKeepsDatabases(t *testing.T) {
	s := Private(t, "max_connections=17")
	if err := s.Create("kept"); err != nil {
		t.Fatal(err)
	}
	query(t, s, s.Address("kept"), `CREATE TABLE a (b TEXT)`)
	if n := query(t, s, s.Address("kept"), `SHOW max_connections`); n != "17" {
		t.Fatal(n)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("psql", "--command=SELECT 1", s.Address("kept")).CombinedOutput(); err == nil {
		t.Fatalf("a server that was killed answers %s", out)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if n := query(t, s, s.Address("kept"), `SELECT count(*) FROM a`); n != "0" {
		t.Fatal(n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Fatal("the server left its folder", err)
	}
}

func TestAbsentIsSaid(t *testing.T) {
	if !strings.Contains(ErrAbsent.Error(), "apt-get install postgresql") {
		t.Fatal(ErrAbsent)
	}
}
