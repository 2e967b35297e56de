#!/usr/bin/env bash
# Remove test databases, templates, logs and linter caches. The working database, Odoo and the Python
# environment stay; ALL=1 removes these too, with the private PostgreSQL and everything in it.
source "$(dirname "$0")/lib.sh"
find "$ROOT" -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
rm -rf "$ROOT/.ruff_cache" "$ROOT/.pytest_cache" "$ROOT/.hypothesis"
if [ "${ALL:-}" = 1 ]; then
  "$ROOT/scripts/stop.sh"
  # Never a folder that is not ours: the marker is written by scripts/setup.sh.
  [ ! -d "$DEALER_CACHE" ] || [ -d "$DEALER_CACHE/run" ] || die "$DEALER_CACHE does not look like our cache"
  rm -rf "${DEALER_CACHE:?}"
  exit 0
fi
[ -x "$VENV_PY" ] && { [ -n "${PGHOST:-}" ] || [ -d "$DEALER_CACHE/pgdata" ]; } || exit 0
"$ROOT/scripts/postgres.sh" start
use_postgres
sql postgres "SELECT datname FROM pg_database WHERE datname LIKE 'dealer\_tpl\_%' OR datname LIKE :'test'" test="${TEST_DB//_/\\_}%" \
  | while read -r name; do note "dropping $name"; drop_db "$name"; done
rm -rf "${LOG_DIR:?}"/*
