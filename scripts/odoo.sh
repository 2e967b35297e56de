#!/usr/bin/env bash
# odoo with the project's configuration:  scripts/odoo.sh [command] [options…]
#   scripts/odoo.sh server -d dealer          scripts/odoo.sh shell -d dealer
source "$(dirname "$0")/lib.sh"
eval "$("$ROOT/scripts/postgres.sh" env)"
cmd=${1:-server}; shift || true
args=(-c "$ROOT/config/odoo.conf" --data-dir "$DATA_DIR" --addons-path "$ODOO_ADDONS,$ROOT/addons")
case $cmd in
  server|shell) exec "$VENV_PY" -m odoo "$cmd" "${args[@]}" "$@" ;;
  *) exec "$VENV_PY" -m odoo "$cmd" "$@" ;;
esac
