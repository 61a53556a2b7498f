package app

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
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

// Setting is a value from the command line and the flag that gave it.
type Setting struct{ Key, Value, Flag string }

// LoadConfig makes a configuration from the file (may be ""), then the
// environment (os.Environ form), then the settings of the command line. The
// error names every wrong key of the file, or the variable or flag at fault.
func LoadConfig(file string, environ []string, settings []Setting) (Config, error) {
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
	for _, x := range settings {
		if err := setKey(keys, x.Key, x.Value, x.Flag); err != nil {
			return c, err
		}
	}
	return c, nil
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
		return city.InvalidField("app.Config", origin, "%v", err)
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
	if f.Type() == reflect.TypeFor[time.Duration]() {
		d, err := strictyaml.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("%q is not a duration; want one such as 90s, 10m, 12h or 7d", value)
		}
		f.SetInt(int64(d))
		return nil
	}
	return setScalar(f, value)
}

func setScalar(f reflect.Value, value string) error {
	switch f.Kind() {
	case reflect.String:
		f.SetString(value)
	case reflect.Bool:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%q is not true or false", value)
		}
		f.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", value)
		}
		f.SetInt(n)
	case reflect.Float64:
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", value)
		}
		f.SetFloat(x)
	default:
		return fmt.Errorf("a %s cannot be set here", f.Kind())
	}
	return nil
}
