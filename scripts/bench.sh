#!/usr/bin/env bash
# Measures the release binary beside its references on this machine; every address is a loopback one.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v swift >/dev/null || die "a Swift 6.3 toolchain is needed; see https://www.swift.org/install/"
scripts/packages.sh run bench

say "building (release)"
swift build -c release --product licet "${BUILD_FLAGS[@]}"
LICET_BINARY="${LICET_BINARY:-$(swift build -c release --show-bin-path "${BUILD_FLAGS[@]}")/licet}"
export LICET_BINARY

say "measuring"
# Figures on PostgreSQL count only where its commits reach the disk.
export LICET_POSTGRES_DURABLE=1
exec scripts/with_postgres.sh python3 bench/run.py "$@"
