#!/usr/bin/env bash
# Odoo's own tests of the account module, with our addons installed and without: the same tests must pass.
#   scripts/account_suite.sh [TAGS]     default /account
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
TAGS=${1:-/account}

# run_suite NAME SOURCE: the post-install tests in a copy of database SOURCE; failing tests go to NAME.txt, sorted.
run_suite() {
  local name=$1 source=$2 database=${TEST_DB}_account_$1 log=$LOG_DIR/account-suite-$1.log args
  copy_db "$source" "$database"
  sql postgres 'ALTER DATABASE :"db" SET synchronous_commit = off' db="$database"
  mapfile -t args < <(odoo_args)
  say "account tests $name our addons"
  "$VENV_PY" -W ignore -m odoo server "${args[@]}" -d "$database" --db-filter "^$database\$" --http-port "$(free_port)" \
    --max-cron-threads=0 --test-enable --test-tags "$TAGS" --stop-after-init --log-level=info >"$log" 2>&1 || true
  grep -oE '(FAIL|ERROR): [A-Za-z_]+\.[A-Za-z0-9_]+' "$log" | sort -u >"$LOG_DIR/account-suite-$name.txt" || true
  grep -E 'tests in .*s, [0-9]+ queries|failed, .* error\(s\) of' "$log" | tail -1 | sed 's/.*odoo[^:]*: /    /'
  note "$(wc -l <"$LOG_DIR/account-suite-$name.txt") fail"
  drop_db "$database"
}

free_port() {
  "$VENV_PY" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

run_suite without "$(template_db)"
run_suite with "$(installed_db)"
added=$(comm -13 "$LOG_DIR/account-suite-without.txt" "$LOG_DIR/account-suite-with.txt")
[ -z "$added" ] || { printf '%s\n' "$added" >&2; die "these tests of the account module fail only with our addons; see $LOG_DIR/account-suite-with.log"; }
say "the account module passes the same tests with our addons as without"
