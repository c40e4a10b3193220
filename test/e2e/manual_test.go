package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var (
	shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	wantsCode  = regexp.MustCompile(`(?m)^(.*\S) +# (\d{3})$`)
)

// manual is how the commands of a page are run: those that begin with sh, in their order, in one shell. Every request
// must succeed, but those that are said to be answered otherwise: "curl ... # 403".
const manual = `set -euo pipefail
want=2
kith() { "$KITH" "$@"; }
curl() {
	code=$(command curl --max-time 60 -o "$TMPDIR/body" -w '%{http_code}' "$@")
	cat "$TMPDIR/body"
	case $code in
	"$want"*) ;;
	*) echo "answered $code, want $want: $(cat "$TMPDIR/body")" >&2; return 22 ;;
	esac
}
set -x
`

// TestTablesManual: what docs/tables.md says to type does what it says.
func TestTablesManual(t *testing.T) {
	bothEngines(t, func(t *testing.T, e engine) {
		page, err := os.ReadFile("../../docs/tables.md")
		if err != nil {
			t.Fatal(err)
		}
		script := manual
		for _, block := range shellBlock.FindAllSubmatch(page, -1) {
			script += wantsCode.ReplaceAllString(string(block[1]), "want=$2\n$1\nwant=2")
		}
		p := newPlace(t, e)
		p.under = []string{"sh", "-c", `exec "$@" --company acme`, "sh"}
		s := p.serve(t)
		script = strings.ReplaceAll(script, "http://127.0.0.1:8080", s.base)
		path, err := binary()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
		cmd.Env = append(os.Environ(), "KITH="+path, "TMPDIR="+t.TempDir(), "KITH_DATA="+p.data, "KITH_DATABASE="+p.engine.url)
		var out, log bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, log.String()[max(0, log.Len()-4000):])
		}
		for _, says := range []string{
			`"name":"Ada Lovelace"`, `"email":"ada@work.example"`, `"permission":49152`, `"permission":2080837`, `"user:signin"`,
			`"actor":"email@host.com"`, "view     refused  group", "execute  allowed  guest       guest", "}24{",
		} {
			if !strings.Contains(out.String(), says) {
				t.Errorf("nothing answers %s in\n%s", says, out.String())
			}
		}
		s.do("GET", "/readyz", nil).want(http.StatusOK)
	})
}
