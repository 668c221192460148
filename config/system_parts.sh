#!/bin/sh
# Makes sure that the named parts of the system are there: bubblewrap, git, chromium, venv PYTHON.
# As root on Debian or Ubuntu a missing one is installed; elsewhere the one sentence says what to install.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }

is_there() {
    case $1 in
        bubblewrap) has bwrap && has setpriv && has prlimit ;;
        git) has git ;;
        chromium) has chromium || has chromium-browser || has google-chrome ;;
        *) echo "system_parts.sh knows no part named $1" >&2; exit 2 ;;
    esac
}

packages_of() {
    case $1 in
        bubblewrap) echo "bubblewrap util-linux" ;;
        chromium) echo "chromium fonts-dejavu-core" ;;
        *) echo "$1" ;;
    esac
}

install() {
    if [ "$(id -u)" = 0 ] && has apt-get; then
        echo "Installing $*"
        log=$(mktemp)
        export DEBIAN_FRONTEND=noninteractive
        if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
            tail -n 5 "$log" >&2
            rm -f "$log"
            echo "Installing $* failed. Install it by hand, then run the command again." >&2
            exit 1
        fi
        rm -f "$log"
    else
        echo "Missing on this machine: $*. Install it (on Debian or Ubuntu: sudo apt-get install $*), then run the command again." >&2
        exit 1
    fi
}

if [ "$1" = venv ]; then
    # Debian ships Python without what 'python -m venv' needs.
    "$2" -c 'import ensurepip' 2>/dev/null || install "python3-venv"
    exit 0
fi

missing=
for part in "$@"; do
    if ! is_there "$part"; then
        # Without bubblewrap the platform itself decides: it may be allowed to run apps unsandboxed.
        if [ "$part" = bubblewrap ] && [ "${SLIPWAY_ALLOW_UNSANDBOXED:-}" = 1 ] && [ "$(id -u)" != 0 ]; then continue; fi
        missing="$missing $(packages_of "$part")"
    fi
done
# shellcheck disable=SC2086 # the words are package names
[ -z "$missing" ] || install $missing
