package app

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// EnvPrefix begins the environment variables that set keys of the
// configuration: log.max-bytes is CITYBRAIN_SERVE_LOG_MAX_BYTES.
const EnvPrefix = "CITYBRAIN_SERVE_"

// LoadConfig makes a configuration from the file (may be ""), then the
// environment (os.Environ form), then the settings of the command line. The
// error names every wrong key of the file, or the variable or setting at fault.
func LoadConfig(file string, environ []string, settings map[string]string) (Config, error) {
	c := Default()
	if file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return c, city.InvalidField("app.Config", "config", "the configuration file cannot be read: %v", err)
		}
		if err := strictyaml.Decode(file, data, &c).Err(); err != nil {
			return c, err
		}
	}
	keys := configKeys(&c)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix) {
			continue
		}
		if err := setKey(keys, keyOfEnv(keys, name), value, "environment variable "+name); err != nil {
			return c, err
		}
	}
	for _, key := range slices.Sorted(mapKeys(settings)) {
		if err := setKey(keys, key, settings[key], "--set "+key); err != nil {
			return c, err
		}
	}
	return c, nil
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// configKeys maps every key to the place it sets.
func configKeys(c *Config) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	collectKeys(reflect.ValueOf(c).Elem(), "", keys)
	return keys
}

func collectKeys(v reflect.Value, prefix string, keys map[string]reflect.Value) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if name == "" {
			continue
		}
		f := v.Field(i)
		_, isText := f.Addr().Interface().(encoding.TextUnmarshaler)
		if f.Kind() == reflect.Struct && !isText {
			collectKeys(f, prefix+name+".", keys)
			continue
		}
		keys[prefix+name] = f
	}
}

func keyOfEnv(keys map[string]reflect.Value, name string) string {
	want := strings.TrimPrefix(name, EnvPrefix)
	for key := range keys {
		if strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key)) == want {
			return key
		}
	}
	return ""
}

func setKey(keys map[string]reflect.Value, key, value, origin string) error {
	f, ok := keys[key]
	if !ok {
		known := make([]string, 0, len(keys))
		for k := range keys {
			known = append(known, k)
		}
		sort.Strings(known)
		return city.InvalidField("app.Config", origin, "there is no such setting; the settings are %s", strings.Join(known, ", "))
	}
	if err := setValue(f, value); err != nil {
		return city.InvalidField("app.Config", origin, "%q: %v", value, err)
	}
	return nil
}

func setValue(f reflect.Value, value string) error {
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	if t, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return t.UnmarshalText([]byte(value))
	}
	var err error
	switch f.Interface().(type) {
	case time.Duration:
		var d time.Duration
		d, err = strictyaml.ParseDuration(value)
		f.SetInt(int64(d))
		return err
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(value)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(value)
		f.SetBool(b)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		f.SetInt(n)
	case reflect.Float64:
		var x float64
		x, err = strconv.ParseFloat(value, 64)
		f.SetFloat(x)
	default:
		err = fmt.Errorf("cannot be set here")
	}
	return err
}
