package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/pack/newcity"
)

// The defaults of a new city.
const (
	defaultCenter   = "114.30,30.60"
	defaultZone     = "Asia/Shanghai"
	defaultLanguage = "zh"
)

type cityInit struct {
	Dir      string `arg:"" help:"Folder of the new city definition, such as cities/rivertown."`
	Name     string `help:"Name in English." placeholder:"TEXT"`
	NameZH   string `name:"name-zh" help:"Name in Chinese." placeholder:"TEXT"`
	Center   string `help:"Centre of the map: longitude,latitude in degrees." placeholder:"LON,LAT"`
	Zone     string `help:"Time zone (IANA)." placeholder:"ZONE"`
	Language string `help:"First language of the console: zh or en." placeholder:"LANG"`
}

// Run writes the beginning of a city. What no flag gives is asked for on a
// terminal, and otherwise takes its default.
func (c cityInit) Run() error {
	c.ask()
	center, err := pointOf(c.Center)
	if err != nil {
		return err
	}
	w, err := newcity.Write(newcity.Options{
		Dir: c.Dir, Name: city.Names{ZH: c.NameZH, EN: c.Name}, Center: center, Zone: c.Zone, Language: c.Language, Now: time.Now(),
	})
	if err != nil {
		return err
	}
	for _, file := range w.Files {
		fmt.Println("  " + file)
	}
	if w.Kept {
		fmt.Printf("the pack %s was there and is kept as it is\n", filepath.Join(w.Packs, "high-water"))
	}
	fmt.Printf("\nnext:\n  citybrain city check %s\n  citybrain serve --city %s --feeds %s --data %s\n",
		w.City, w.City, w.Rows, filepath.Base(w.City)+"-data")
	return nil
}

func (c *cityInit) ask() {
	base := filepath.Base(filepath.Clean(c.Dir))
	for _, q := range []struct {
		answer         *string
		text, fallback string
	}{
		{&c.Name, "name in English", strings.ToUpper(base[:1]) + base[1:]},
		{&c.NameZH, "名称 (name in Chinese)", ""},
		{&c.Center, "centre of the map, longitude,latitude", defaultCenter},
		{&c.Zone, "time zone", defaultZone},
		{&c.Language, "first language of the console, zh or en", defaultLanguage},
	} {
		if *q.answer == "" && onTerminal() {
			*q.answer = answer(q.text, q.fallback)
		}
		if *q.answer == "" {
			*q.answer = q.fallback
		}
	}
}

func onTerminal() bool {
	info, err := os.Stdin.Stat()
	null, nullErr := os.Stat(os.DevNull)
	return err == nil && nullErr == nil && info.Mode()&os.ModeCharDevice != 0 && !os.SameFile(info, null)
}

var typed = bufio.NewReader(os.Stdin)

func answer(question, fallback string) string {
	fmt.Printf("%s [%s]: ", question, fallback)
	line, err := typed.ReadString('\n')
	if err != nil {
		fmt.Println()
	}
	return strings.TrimSpace(line)
}

func pointOf(text string) (city.Point, error) {
	lon, lat, ok := strings.Cut(text, ",")
	x, err1 := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, err2 := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	if !ok || err1 != nil || err2 != nil {
		return city.Point{}, city.InvalidField("city init", "--center", "%q is not longitude,latitude in degrees, such as %s", text, defaultCenter)
	}
	return city.Point{Lon: x, Lat: y}, nil
}
