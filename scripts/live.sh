# Shared by the scripts that run node's tests against a live kith; sourced after lib.sh, never run.
# It needs $suite, what such tests are of, and sets $node, $work and, while a kith runs, $KITH_URL.
# shellcheck shell=bash

node=$("$root/scripts/ensure-node") || exit 1
export PATH=$node:$PATH
work=$(mktemp -d)
chmod 755 "$work" # the PostgreSQL server may run as another user
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; [ ! -e "$work/postgres/bin" ] || "$root/scripts/postgres" stop "$work/postgres"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# report says a verdict that is not a test file's in testsum's language.
report() { printf '{"Action":"%s","Package":"%s/%s","Test":"%s"}\n' "$1" "$suite" "$engine" "$2"; }

# show passes a log on as output of the named test.
show() { "$node/node" -e '
	for (const line of require("fs").readFileSync(0, "utf8").split("\n").slice(-40))
		console.log(JSON.stringify({ Action: "output", Package: process.argv[1], Test: process.argv[2], Output: line + "\n" }));' \
	"$suite/$engine" "$1"; }

# serve starts kith on a free port over the database named and waits until it is ready. What follows the database goes
# to kith serve.
serve() {
	local port database=$1
	shift
	port=$(free_port)
	export KITH_URL=http://127.0.0.1:$port KITH_SERVER_LOG=$work/$engine.log
	# Limits are off: one address signs up more people in a minute than a company does.
	KITH_LISTEN=127.0.0.1:$port KITH_DATABASE=$database KITH_DATA=$work/$engine KITH_RATE_LIMITS=off \
		"$root/bin/kith" serve "$@" >"$KITH_SERVER_LOG" 2>&1 </dev/null &
	server=$!
	for _ in $(seq 100); do
		curl -fsS -o "$work/ready" "$KITH_URL/readyz" 2>/dev/null && return
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# accept runs every test file of the suite against one engine.
accept() {
	begin "$@" || return
	try "$root/test/$suite"/*.test.mjs
	finish
}

# begin starts kith on one engine: its name, the database, and what kith serve is given besides.
begin() {
	engine=$1
	shift
	if ! serve "$@"; then
		show start <"$work/$engine.log"
		report fail start
		return 1
	fi
	report pass start
}

# try runs test files against the kith that was begun, two at a time.
try() {
	KITH_SUITE=$suite/$engine node --test --test-concurrency=2 \
		--test-reporter="$root/test/sdk/reporter.mjs" --test-reporter-destination=stdout "$@"
}

# finish ends kith, which leaves with 0 only if it answered all it accepted.
finish() {
	kill -TERM "$server" && wait "$server" && server= && report pass stop && return
	server=
	show stop <"$work/$engine.log"
	report fail stop
}

# install brings what the suite's tests need from npm.
install() { (cd "$root/test/$suite" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2); }
