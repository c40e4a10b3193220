package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/parsers/dotenv"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kith/internal/core/signin"
)

// option is one thing to configure: by flag, by environment variable and in a file, in that order of
// strength. The file has the same names as the environment.
type option struct {
	flag, env, fallback, usage string
	secret                     bool
}

// options is the whole configuration. README.md shows it.
var options = []option{
	{"listen", "KITH_LISTEN", "127.0.0.1:8080", "address to serve on", false},
	{"database", "KITH_DATABASE", "sqlite:data/kith.db", "sqlite:FILE or postgres://...", true},
	{"data", "KITH_DATA", "data", "folder for what is not in the database", false},
	{"master-key", "KITH_MASTER_KEY", "", "32 bytes in base64 that wrap all keys; made in the data folder if not given", true},
	{"public-url", "KITH_PUBLIC_URL", "", "URL under which people reach this server; from the listener if not given", false},
	{"admin-listen", "KITH_ADMIN_LISTEN", "", "address for metrics and pprof; off if empty", false},
	{"log", "KITH_LOG", "text", "text or json", false},
	{"rate-limits", "KITH_RATE_LIMITS", "on", "on or off: caps on mails and text messages that people ask for", false},
	{"company-registration", "KITH_COMPANY_REGISTRATION", "", "open, token or closed; open on loopback, token elsewhere", false},
	{"setup-token", "KITH_SETUP_TOKEN", "", "what makes a company where registration is by token; drawn and printed if not given", true},
	{"allow-test", "KITH_ALLOW_TEST", "off", "on serves test companies, and the development inbox, on every listener", false},
	{"trusted-proxies", "KITH_TRUSTED_PROXIES", "", "networks whose X-Forwarded-* headers are believed, comma separated", false},
	{"serializable", "KITH_SERIALIZABLE", "off", "on runs PostgreSQL transactions at SERIALIZABLE", false},
}

func addFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.String("config", "", "file of KEY=value lines, with the names of the environment variables (KITH_CONFIG)")
	flags.Bool("dev", false, "the same as --allow-test on")
	for _, o := range options {
		flags.String(o.flag, o.fallback, o.usage+" ("+o.env+")")
	}
}

// config is the configuration in force.
type config struct {
	values map[string]string // by environment variable
	from   map[string]string // where each came from

	loopback     bool // only this machine can reach us: neither listener nor public URL nor a proxy says otherwise
	publicURL    string
	registration signin.Registration
	trusted      []netip.Prefix
}

func (c config) get(env string) string { return c.values[env] }

// on reads a switch.
func (c config) on(env string) bool { return c.values[env] == "on" }

// load gathers the configuration: defaults, then the file, the environment and the flags.
func load(flags *pflag.FlagSet, environ []string) (config, error) {
	c := config{values: make(map[string]string), from: make(map[string]string)}
	env := make(map[string]any)
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "KITH_") && value != "" {
			env[name] = value
		}
	}
	defaults := make(map[string]any)
	given := make(map[string]any)
	for _, o := range options {
		defaults[o.env] = o.fallback
		if f := flags.Lookup(o.flag); f != nil && f.Changed {
			given[o.env] = f.Value.String()
		}
	}
	if dev, _ := flags.GetBool("dev"); dev {
		given["KITH_ALLOW_TEST"] = "on"
	}
	path, _ := flags.GetString("config")
	if path == "" {
		path, _ = env["KITH_CONFIG"].(string)
	}
	delete(env, "KITH_CONFIG")
	layers := []struct {
		name string
		load func(*koanf.Koanf) error
	}{
		{"default", func(k *koanf.Koanf) error { return k.Load(confmap.Provider(defaults, ""), nil) }},
		{path, func(k *koanf.Koanf) error {
			if path == "" {
				return nil
			}
			return k.Load(file.Provider(path), dotenv.Parser())
		}},
		{"environment", func(k *koanf.Koanf) error { return k.Load(confmap.Provider(env, ""), nil) }},
		{"flag", func(k *koanf.Koanf) error { return k.Load(confmap.Provider(given, ""), nil) }},
	}
	for _, layer := range layers {
		k := koanf.New("\x00") // no name has that in it: names are flat
		if err := layer.load(k); err != nil {
			return c, fmt.Errorf("configuration: %w", err)
		}
		for name, value := range k.All() {
			c.values[name], c.from[name] = fmt.Sprint(value), layer.name
		}
	}
	return c, c.check()
}

// check reads what has a shape, and says of everything that is wrong what would be right.
func (c *config) check() error {
	var errs []error
	known := make(map[string]bool)
	for _, o := range options {
		known[o.env] = true
	}
	for name := range c.values {
		if !known[name] && c.from[name] != "environment" {
			errs = append(errs, fmt.Errorf("%s: %s is no setting of kith", c.from[name], name))
		}
	}
	oneOf := func(name string, words ...string) {
		for _, w := range words {
			if c.values[name] == w {
				return
			}
		}
		errs = append(errs, fmt.Errorf("%s is %q: give one of %s", name, c.values[name], strings.Join(words, ", ")))
	}
	oneOf("KITH_LOG", "text", "json")
	oneOf("KITH_RATE_LIMITS", "on", "off")
	oneOf("KITH_ALLOW_TEST", "on", "off")
	oneOf("KITH_SERIALIZABLE", "on", "off")
	host, _, err := net.SplitHostPort(c.get("KITH_LISTEN"))
	if err != nil {
		errs = append(errs, fmt.Errorf("KITH_LISTEN is %q: give HOST:PORT, such as 127.0.0.1:8080", c.get("KITH_LISTEN")))
	}
	errs = append(errs, c.checkURL(), c.checkProxies())
	c.loopback = isLoopback(host) && len(c.trusted) == 0 && isLoopback(c.publicHost())
	errs = append(errs, c.checkRegistration())
	return errors.Join(errs...)
}

// isLoopback reports whether a host is this machine alone.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// publicHost is the host of the public URL.
func (c *config) publicHost() string {
	u, err := url.Parse(c.publicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func (c *config) checkRegistration() error {
	word := c.get("KITH_COMPANY_REGISTRATION")
	switch {
	case word == "open", word == "" && c.loopback:
		c.registration = signin.OpenRegistration
	case word == "token", word == "":
		c.registration = signin.ByToken
	case word == "closed":
		c.registration = signin.ClosedRegistration
	default:
		return fmt.Errorf("KITH_COMPANY_REGISTRATION is %q: give open, token or closed", word)
	}
	return nil
}

func (c *config) checkURL() error {
	c.publicURL = strings.TrimSuffix(c.get("KITH_PUBLIC_URL"), "/")
	if c.publicURL == "" {
		c.publicURL = "http://" + c.get("KITH_LISTEN")
		return nil
	}
	u, err := url.Parse(c.publicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("KITH_PUBLIC_URL is %q: give the URL that people reach this server by, such as https://id.example.com", c.publicURL)
	}
	return nil
}

func (c *config) checkProxies() error {
	for word := range strings.SplitSeq(c.get("KITH_TRUSTED_PROXIES"), ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(word)
		if address, bad := netip.ParseAddr(word); err != nil && bad == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return fmt.Errorf("KITH_TRUSTED_PROXIES holds %q: give addresses or networks, such as 10.0.0.0/8", word)
		}
		c.trusted = append(c.trusted, prefix)
	}
	return nil
}

// keyFile is where the master key lies if none is given.
func (c config) keyFile() string { return filepath.Join(c.get("KITH_DATA"), "master.key") }

// settingDocument is one setting, for programs.
type settingDocument struct {
	Value  *string `json:"value"` // null if it is kept to ourselves
	From   string  `json:"from"`
	Secret bool    `json:"secret"`
	Set    bool    `json:"set"`
}

// shown is a setting as it may be shown: of a secret, only whether there is one.
func (c config) shown(o option) settingDocument {
	value := c.get(o.env)
	d := settingDocument{Value: &value, From: c.from[o.env], Secret: o.secret, Set: value != ""}
	// What anyone can read in the documentation is no secret, nor is the name of a file.
	if o.secret && d.Set && d.From != "default" && !strings.HasPrefix(value, "sqlite:") {
		d.Value = nil
	}
	return d
}

func configCommand(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Print the configuration in force, and where each value comes from", Args: takes(cobra.NoArgs)}
	out := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		document := make(map[string]settingDocument)
		for _, o := range options {
			document[o.env] = c.shown(o)
		}
		return out.document(document, func() error {
			list := out.list("settings", "SETTING", "VALUE", "FROM")
			for _, o := range options {
				value, d := "(set)", document[o.env]
				if d.Value != nil {
					value = *d.Value
				}
				if err := list.add(d, o.env, value, d.From); err != nil {
					return err
				}
			}
			return list.end(true)
		})
	}
	return cmd
}

// blobFolder is where files lie that are not in the database.
func (c config) blobFolder() string { return filepath.Join(c.get("KITH_DATA"), "blobs") }

// ensureData makes the data folder, readable by its owner only.
func (c config) ensureData() error {
	if err := os.MkdirAll(c.get("KITH_DATA"), 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}
