#!/usr/bin/env bash
# odoo with the project's configuration:  scripts/odoo.sh [command] [options…]
#   scripts/odoo.sh server -d dealer          scripts/odoo.sh shell -d dealer
source "$(dirname "$0")/lib.sh"
use_postgres
cmd=${1:-server}; shift || true
mapfile -t args < <(odoo_args)
case $cmd in
  server|shell) exec "$VENV_PY" -m odoo "$cmd" "${args[@]}" "$@" ;;
  db) exec "$VENV_PY" -m odoo db -c "$ROOT/config/odoo.conf" -D "$DATA_DIR" --addons-path "$ODOO_ADDONS,$ROOT/addons" "$@" ;;
  *) exec "$VENV_PY" -m odoo "$cmd" "$@" ;;
esac
