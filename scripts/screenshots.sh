#!/usr/bin/env bash
# Renew the pictures of the manual: a fresh demo store, served on a free port, played by scripts/screenshots.py.
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
DB=${DB}_screenshots "$ROOT/scripts/run.sh" --no-serve --recreate
port=${PORT:-8069}
mapfile -t args < <(odoo_args)
"$VENV_PY" -m odoo server "${args[@]}" -d "${DB}_screenshots" --db-filter "^${DB}_screenshots\$" \
  --http-interface 127.0.0.1 --http-port "$port" --log-level=warn --log-handler=py.warnings:ERROR &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; drop_db "${DB}_screenshots"' EXIT
for _ in $(seq 60); do
  "$VENV_PY" -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' \
    "http://127.0.0.1:$port/web/health" 2>/dev/null && break
  sleep 1
done
"$VENV_PY" "$ROOT/scripts/screenshots.py" "http://127.0.0.1:$port" "$ROOT/docs/manual"
say "pictures are in docs/manual"
