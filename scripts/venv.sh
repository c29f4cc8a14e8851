#!/usr/bin/env bash
# Makes .venv hold exactly what acceptance/requirements*.txt pin; does nothing when it already does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wanted="$(cat acceptance/requirements.txt acceptance/requirements-unbound.txt | sha256sum | cut -d ' ' -f 1) $(python3 -V)"
stamp=.venv/.requirements
if [[ -x .venv/bin/python && -f $stamp && "$(<"$stamp")" == "$wanted" ]]; then exit 0; fi

say "installing the acceptance tests' Python packages into .venv"
rm -rf .venv
python3 -m venv .venv
install=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input)
"${install[@]}" -r acceptance/requirements.txt
"${install[@]}" --no-deps --ignore-requires-python -r acceptance/requirements-unbound.txt
printf '%s' "$wanted" >"$stamp"
