package sqlstore

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"citybrain/city"
)

// used is the path of a closed database with something in every table.
func used(t *testing.T) string {
	t.Helper()
	s := fresh(t)
	must(t, s.SaveEntities(ctx, manyEntities(2000, 1)))
	must(t, s.SavePresent(ctx, 7, []byte("feeds")))
	must(t, s.SaveRules(ctx, 7, make([]byte, 100_000), nil, []city.Situation{situation(1)}))
	must(t, s.Close())
	return s.path
}

// use does what a start does.
func use(path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	_, _, present := s.LoadPresent(ctx, func(EntityRecord) error { return nil })
	_, _, rules := s.LoadRules(ctx)
	_, situations := s.Situations(ctx, SituationQuery{})
	return errors.Join(present, rules, situations)
}

func wantDamaged(t *testing.T, err error, path string) {
	t.Helper()
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != city.Unavailable {
		t.Fatalf("%v, want unavailable", err)
	}
	for _, part := range []string{path, "restore the file from a backup", "log still starts at message 1"} {
		if !strings.Contains(e.Detail, part) {
			t.Fatalf("%q does not say %q", e.Detail, part)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, path string){
		"empty":     func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"truncated": func(t *testing.T, path string) { must(t, os.Truncate(path, 40*4096)) },
		"beheaded":  func(t *testing.T, path string) { overwrite(t, path, 0, 100) },
		"other file": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("not SQL ", 999)), 0o600))
		},
		"schema": func(t *testing.T, path string) { overwrite(t, path, 100, 3900) },
		"middle": func(t *testing.T, path string) { overwrite(t, path, 30*4096, 20*4096) },
		"missing, with its log": func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"-wal"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := used(t)
			harm(t, path)
			wantDamaged(t, use(path), path)
		})
	}
}

func overwrite(t *testing.T, path string, from int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("\xa5", n)), from)
	must(t, errors.Join(err, f.Close()))
}

// Bytes that SQLite does not look at are guarded by our own checksums.
func TestDamagedContent(t *testing.T) {
	for name, statement := range map[string]string{
		"entity data":    `UPDATE entity SET data = zeroblob(500) WHERE id LIKE '%000042'`,
		"entity version": `UPDATE entity SET version = version + 1 WHERE id LIKE '%000042'`,
		"entity type":    `UPDATE entity SET type = 'Other' WHERE id LIKE '%000042'`,
		"entity deleted": `UPDATE entity SET deleted = 1 WHERE id LIKE '%000042'`,
		"feeds":          `UPDATE present SET feeds = x'00'`,
		"position":       `UPDATE present SET position = 8`,
		"rules":          `UPDATE rules SET state = zeroblob(99999)`,
		"situation":      `UPDATE situation SET body = 'x'`,
	} {
		t.Run(name, func(t *testing.T) {
			path := used(t)
			s := open(t, path)
			_, err := s.write.Exec(statement)
			must(t, errors.Join(err, s.Close()))
			wantDamaged(t, use(path), path)
		})
	}
}

func TestUsedIsSound(t *testing.T) { must(t, use(used(t))) }

// The database on a full disk: a limit on its pages gives the same error code.
func TestFullDisk(t *testing.T) {
	s := fresh(t)
	must(t, s.SaveEntities(ctx, manyEntities(100, 1)))
	_, err := s.write.Exec(`PRAGMA max_page_count = 60`)
	must(t, err)
	err = s.SaveEntities(ctx, manyEntities(5000, 2))
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != city.Unavailable || e.Retry == 0 || !strings.Contains(e.Detail, "full") {
		t.Fatalf("%v, want unavailable with a time to retry", err)
	}
	if all, _, _ := loadAll(t, s); len(all) != 100 || all["urn:ngsi-ld:RoadSegment:000001"].Version != 1 {
		t.Fatal("half a checkpoint was written")
	}
	_, err = s.write.Exec(`PRAGMA max_page_count = 100000`)
	must(t, err)
	must(t, s.SaveEntities(ctx, manyEntities(5000, 2)))
}

func TestExplainNoSpace(t *testing.T) {
	s := &Store{engine: sqliteEngine{"x.db"}}
	var e *city.Error
	if err := s.explain("op", &os.PathError{Err: syscall.ENOSPC}); !errors.As(err, &e) || e.Kind != city.Unavailable || e.Retry == 0 {
		t.Fatal(err)
	}
}

// A folder that may not be written is said to be so.
func TestFolderReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "records")
	must(t, os.Mkdir(dir, 0o555))
	if os.Getuid() == 0 { // root may write everywhere, so somebody else looks
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
		must(t, os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755))
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		const nobody = 65534
		must(t, syscall.Setfsuid(nobody))
		defer func() { must(t, syscall.Setfsuid(0)) }()
	}
	_, err := Open(ctx, filepath.Join(dir, "records.db"))
	if city.KindOf(err) != city.Unavailable || !strings.Contains(city.Detail(err), "may be written") {
		t.Fatal(err)
	}
}

// So is a database that may be read only, when something is to be saved.
func TestSaveReadOnly(t *testing.T) {
	s := fresh(t)
	first := saveOne(t, s, newCase(1))
	_, err := s.write.Exec(`PRAGMA query_only = 1`)
	must(t, err)
	_, err = s.Save(ctx, note(first, "x"))
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != city.Unavailable || e.Retry == 0 || !strings.Contains(e.Detail, "permissions") {
		t.Fatal(err)
	}
	_, err = s.write.Exec(`PRAGMA query_only = 0`)
	must(t, err)
	saveOne(t, s, note(first, "x"))
}
