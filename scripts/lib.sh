# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Tools land outside the clone, so that a fresh clone finds them again.
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kith

# Node's own releases know only the certificates they ship with; the machine's count too.
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
	export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
fi

# say tells people what happens; standard output is kept for answers to the calling script.
say() { printf '%s\n' "$*" >&2; }

# die says why and ends the script.
die() {
	say "$*"
	exit 1
}

# have reports whether every command named is there.
have() {
	local c
	for c in "$@"; do command -v "$c" >/dev/null 2>&1 || return 1; done
}

# browser prints where Chromium is.
browser() {
	local c
	for c in chromium chromium-browser google-chrome; do command -v "$c" && return; done
	return 1
}

# apt_line prints the line that installs the packages named.
apt_line() { printf 'apt-get install -y --no-install-recommends %s' "$*"; }

# apt installs Debian packages where that is possible: as root, on a machine that has apt.
apt() {
	[ "$(id -u)" = 0 ] && have apt-get || return 1
	say "installing from Debian's packages: $*"
	mkdir -p "$cache"
	{
		[ -n "${KITH_APT_UPDATED:-}" ] || apt-get update
		DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
	} >"$cache/apt.log" 2>&1 </dev/null || return 1
	export KITH_APT_UPDATED=1
}

# at_least reports whether version $1 is $2 or newer: at_least 1.26.8 1.26.0
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# free_port prints a loopback TCP port that nobody listens on now.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 30000))
		# A refused connection is what a free port answers.
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}
