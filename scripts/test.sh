#!/usr/bin/env bash
# Everything that must hold, in one run: lint, one debug build, the Swift tests and the acceptance stories on both engines,
# the requirements' coverage. Every part is run even when one before it failed; the last line is the totals.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

logs=.build/test-logs
failed_parts=()

part() {
    local name=$1 started=$SECONDS
    shift
    say "$name"
    if "$@"; then note "$name: good, $((SECONDS - started)) s"; else
        note "$name: FAILED, $((SECONDS - started)) s"
        failed_parts+=("$name")
    fi
}

swift_tests() {
    swift test --skip-build --disable-xctest "${BUILD_FLAGS[@]}" --xunit-output "$logs/swift.xml" 2>&1 |
        tee "$logs/swift.log" | grep --line-buffered -vE '^(◇ |↳ )'
    return "${PIPESTATUS[0]}"
}

# Alone, so that the peak of its memory is its own. Ten million inputs, and a few more for what rounding leaves out.
fuzzing() {
    LICET_FUZZ="${LICET_FUZZ:-10001000}" swift test --skip-build --disable-xctest "${BUILD_FLAGS[@]}" \
        --filter FuzzTests/fuzz 2>&1 | tee "$logs/fuzzing.log" | grep --line-buffered -vE '^(◇ |↳ )'
    return "${PIPESTATUS[0]}"
}

acceptance() {
    .venv/bin/python -m pytest acceptance -c acceptance/pytest.ini --junitxml "$logs/acceptance.xml"
}

# Runs again inside scripts/with_postgres.sh, with the cluster at hand.
if [[ ${1:-} == --inside ]]; then
    part "Swift tests" swift_tests
    if [[ ${LICET_SOAK:-} == 1 ]]; then part "fuzzing" fuzzing; fi
    part "acceptance" acceptance
    [[ ${#failed_parts[@]} -eq 0 ]]
    exit
fi

command -v swift >/dev/null || die "a Swift 6.3 toolchain is needed; see https://www.swift.org/install/"
scripts/packages.sh run test
scripts/venv.sh
rm -rf "$logs"
mkdir -p "$logs"

part "lint" scripts/lint.sh

say "building everything once, tests included (the first time takes some minutes)"
swift build --build-tests "${BUILD_FLAGS[@]}"
LICET_BINARY="${LICET_BINARY:-$(swift build --show-bin-path "${BUILD_FLAGS[@]}")/licet}"
export LICET_BINARY

scripts/with_postgres.sh scripts/test.sh --inside || failed_parts+=("tests")
part "requirements" python3 scripts/requirements_coverage.py

[[ ${#failed_parts[@]} -eq 0 ]] || say "FAILED: $(IFS=,; echo "${failed_parts[*]}")"
status=0
python3 scripts/totals.py "$logs" || status=$?
[[ $status -eq 0 && ${#failed_parts[@]} -eq 0 ]]
