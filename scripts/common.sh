# Sourced by the other scripts: strict mode, the project's folder, and three ways to say something.
# shellcheck shell=bash
set -euo pipefail
IFS=$'\n\t'

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The same for every build, so that one build serves the tests, the acceptance stories and the product.
# Used by the scripts that source this file.
# shellcheck disable=SC2034
BUILD_FLAGS=(--explicit-target-dependency-import-check error)

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
