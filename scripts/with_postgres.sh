#!/usr/bin/env bash
# Runs a command beside a throwaway PostgreSQL cluster: a temporary folder, a Unix socket, no TCP, stopped by its own pid
# when the command ends, however it ends.
# usage: scripts/with_postgres.sh COMMAND [ARGUMENT…]     (LICET_TEST_POSTGRES then names the cluster)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[[ $# -gt 0 ]] || die "usage: scripts/with_postgres.sh COMMAND [ARGUMENT…]"

bin=""
for folder in /usr/lib/postgresql/*/bin; do [[ -x $folder/initdb ]] && bin=$folder; done
if [[ -z $bin ]]; then
    command -v initdb >/dev/null || die "PostgreSQL is not installed (Debian: postgresql)"
    bin="$(dirname "$(readlink -f "$(command -v initdb)")")"
fi

# PostgreSQL refuses to run as root.
as_owner=()
owner=""
if [[ $EUID -eq 0 ]]; then
    owner="${LICET_POSTGRES_USER:-postgres}"
    id "$owner" >/dev/null 2>&1 || die "run as root, PostgreSQL needs another user to run as; '$owner' does not exist"
    as_owner=(runuser -u "$owner" --)
fi

# Short, for a socket's path may have 107 bytes at most; not under TMPDIR, which another user may not be able to enter.
folder="$(mktemp -d /tmp/licet-pg.XXXXXX)"
[[ -z $owner ]] || chown "$owner" "$folder"
chmod 700 "$folder"
command_pid=""

stop() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [[ -n $command_pid ]]; then
        kill -TERM -- "-$command_pid" 2>/dev/null || true
        wait "$command_pid" 2>/dev/null || true
    fi
    local pid="" waited=0
    [[ -f $folder/data/postmaster.pid ]] && pid="$(head -n 1 "$folder/data/postmaster.pid")"
    if [[ $pid =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null; then
        kill -INT "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null && [[ $waited -lt 200 ]]; do
            sleep 0.1
            waited=$((waited + 1))
            [[ $waited -ne 100 ]] || kill -QUIT "$pid" 2>/dev/null || true
        done
    fi
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What is thrown away need not reach the disk: fsync is off here and nowhere else, unless LICET_POSTGRES_DURABLE=1 asks for it.
(
    cd /
    "${as_owner[@]}" "$bin/initdb" -D "$folder/data" -U licet -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$folder.log" 2>&1
    cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = $([[ ${LICET_POSTGRES_DURABLE:-} == 1 ]] && echo on || echo off)
max_connections = 200
log_min_messages = fatal
CONF
    "${as_owner[@]}" "$bin/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/server.log" start >>"$folder.log" 2>&1
) || {
    cat "$folder.log" >&2
    [[ ! -f $folder/server.log ]] || cat "$folder/server.log" >&2
    rm -f "$folder.log"
    die "the throwaway PostgreSQL cluster did not start"
}
rm -f "$folder.log"
psql -X -q -h "$folder" -U licet -d postgres -c 'CREATE DATABASE licet' >/dev/null

export LICET_TEST_POSTGRES="postgresql://licet@/licet?host=$folder&port=5432"
export LICET_REQUIRE_POSTGRES=1

# In the background and in a process group of its own, so that a signal to this script is heard at once and ends all of it.
set -m
"$@" </dev/null &
command_pid=$!
set +m
status=0
wait "$command_pid" || status=$?
command_pid=""
exit "$status"
