#!/usr/bin/env bash
# Let the linters repair what they can by themselves; look at the difference before committing it.
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
cd "$ROOT"
ruff check --fix . || true
ruff format .
mapfile -t addons < <(our_addons | sed 's|^|addons/|')
oca-checks-odoo-module --config=.oca_hooks.cfg --fix "${addons[@]}" || true
