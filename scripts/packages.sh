#!/usr/bin/env bash
# Installs the Debian packages that a task needs and this machine lacks. Says what it does; says nothing when all is there.
# usage: scripts/packages.sh run|test|bench
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()

# The library as pkg-config knows it, and the Debian package that brings it.
need_library() {
    if ! command -v pkg-config >/dev/null || ! pkg-config --exists "$1"; then missing+=("$2"); fi
}
need_program() {
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("$2")
}

for task in "${@:-run}"; do
    case "$task" in
        run)
            need_program pkg-config pkg-config
            need_library sqlite3 libsqlite3-dev
            need_library libpq libpq-dev
            need_library libxml-2.0 libxml2-dev
            need_library libzip libzip-dev
            ;;
        test)
            need_program python3 python3
            python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
            compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need_program initdb postgresql
            need_program psql postgresql-client
            ;;
        bench)
            need_program python3 python3
            need_program wrk wrk
            need_program nginx nginx-light
            compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need_program initdb postgresql
            need_program psql postgresql-client
            ;;
        *) die "unknown task '$task': run, test or bench" ;;
    esac
done

[[ ${#missing[@]} -gt 0 ]] || exit 0
mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
command -v apt-get >/dev/null || die "install these first (Debian's names): $(IFS=' '; echo "${missing[*]}")"

as_root=()
if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || die "as root, run: apt-get install -y $(IFS=' '; echo "${missing[*]}")"
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@" </dev/null
}

say "installing Debian packages: $(IFS=' '; echo "${missing[*]}")"
apt update >/dev/null || note "the package list could not be refreshed; trying with the one at hand"
apt install -y --no-install-recommends "${missing[@]}"
