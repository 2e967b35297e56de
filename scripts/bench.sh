#!/usr/bin/env bash
# Measure against a floor that is taken in the same run, in a throw-away database.  N=400 LARGE=20000
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
database=${TEST_DB}_bench
pristine=$(installed_db)
copy_db "$pristine" "$database"
trap 'drop_db "$database"' EXIT
rc=0
for file in "$ROOT"/bench/bench_*.py; do
  say "$(basename "$file" .py)"
  odoo_script "$database" "$file" || rc=$?
done
exit "$rc"
