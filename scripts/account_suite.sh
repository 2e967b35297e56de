#!/usr/bin/env bash
# Odoo's own tests of the account module, with our addons installed and without: the same tests must pass.
#   scripts/account_suite.sh [TAGS]     default /account
# Both databases are plain ones in English with the chart that the tests load themselves.
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
TAGS=${1:-/account}
PLAIN=${TEST_DB}_account

free_port() {
  "$VENV_PY" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# run_suite NAME: the post-install tests in database PLAIN_NAME; failing tests go to a sorted list.
run_suite() {
  local name=$1 database=${PLAIN}_$1 log=$LOG_DIR/account-suite-$1.log args
  mapfile -t args < <(odoo_args)
  "$VENV_PY" -W ignore -m odoo server "${args[@]}" -d "$database" --db-filter "^$database\$" --http-port "$(free_port)" \
    --max-cron-threads=0 --test-enable --test-tags "$TAGS" --stop-after-init --log-level=info >"$log" 2>&1 || true
  grep -oE '(FAIL|ERROR): [A-Za-z_]+\.[A-Za-z0-9_]+' "$log" | sort -u >"$LOG_DIR/account-suite-$name.txt" || true
  note "$name our addons: $(grep -c ': Starting Test' "$log") tests, $(wc -l <"$LOG_DIR/account-suite-$name.txt") fail"
}

say "preparing two plain databases"
for name in without with; do drop_db "${PLAIN}_$name"; done
createdb -T template0 -E UTF8 --lc-collate=C "${PLAIN}_without"
odoo_update "${PLAIN}_without" -i "$(dependencies)"
copy_db "${PLAIN}_without" "${PLAIN}_with"
odoo_update "${PLAIN}_with" -i "$(our_addons | comma)"
say "account tests without and with our addons, side by side"
run_suite without &
run_suite with
wait
for name in without with; do drop_db "${PLAIN}_$name"; done
added=$(comm -13 "$LOG_DIR/account-suite-without.txt" "$LOG_DIR/account-suite-with.txt")
[ -z "$added" ] || { printf '%s\n' "$added" >&2; die "these tests of the account module fail only with our addons; see $LOG_DIR/account-suite-with.log"; }
say "the account module passes the same tests with our addons as without"
