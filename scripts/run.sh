#!/usr/bin/env bash
# From a fresh clone to a running gateway: packages, release build, demonstration data, server. Run again, it is quick and
# keeps the data.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v swift >/dev/null || die "a Swift 6.3 toolchain is needed; see https://www.swift.org/install/"
scripts/packages.sh run

say "building (the first time takes some minutes)"
swift build -c release --product licet "${BUILD_FLAGS[@]}"
licet="$(swift build -c release --show-bin-path "${BUILD_FLAGS[@]}")/licet"

say "demonstration data (made once, kept afterwards)"
"$licet" seed

say "serving; stop with Ctrl-C"
note "in another terminal, the whole story against this server: ${licet#"$PWD/"} demo"
exec "$licet" serve
