#!/usr/bin/env bash
# Makes .venv hold exactly what acceptance/requirements.txt pins; does nothing when it already does.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wanted="$(sha256sum acceptance/requirements.txt | cut -d ' ' -f 1) $(python3 -V)"
stamp=.venv/.requirements
if [[ -x .venv/bin/python && -f $stamp && "$(<"$stamp")" == "$wanted" ]]; then exit 0; fi

say "installing the acceptance tests' Python packages into .venv"
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r acceptance/requirements.txt
printf '%s' "$wanted" >"$stamp"
