#!/usr/bin/env bash
# Everything from nothing to a running Odoo on http://127.0.0.1:$PORT.
#   scripts/run.sh              set up what is missing, create or upgrade $DB, serve in the foreground
#   scripts/run.sh --no-serve   the same without serving
#   scripts/run.sh --recreate   drop $DB first
source "$(dirname "$0")/lib.sh"
SERVE=1
for arg in "$@"; do
  case $arg in
    --no-serve) SERVE=0 ;;
    --recreate) RECREATE=1 ;;
    *) die "unknown option $arg" ;;
  esac
done

port_is_free() {
  "$VENV_PY" -c 'import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null
}

create_db() {
  say "creating database $DB with the demo store"
  # Built under another name: a run that is stopped half way leaves no half database behind.
  local template; template=$(template_db)
  copy_db "$template" "${DB}_new"
  odoo_update "${DB}_new" -i "$(our_addons | comma)"
  odoo_script "${DB}_new" "$ROOT/scripts/configure_db.py" || die "the database could not be configured"
  ADDONS=$(our_addons | comma) odoo_script "${DB}_new" "$ROOT/scripts/load_demo.py" || die "the demo data did not load"
  note "a year of business for the demo store"
  DEMO_PARTS=$ROOT/scripts/demo odoo_script "${DB}_new" "$ROOT/scripts/demo_story.py" || die "the demo store could not be filled"
  set_db_stamp "${DB}_new" "$(addon_stamp $(our_addons))"
  rm -rf "$DATA_DIR/filestore/$DB"
  [ ! -d "$DATA_DIR/filestore/${DB}_new" ] || mv "$DATA_DIR/filestore/${DB}_new" "$DATA_DIR/filestore/$DB"
  sql postgres 'ALTER DATABASE :"old" RENAME TO :"new"' old="${DB}_new" new="$DB"
}

upgrade_db() {
  local stamp; stamp=$(addon_stamp $(our_addons))
  [ "$(db_stamp "$DB")" != "$stamp" ] || return 0
  say "the addons changed: upgrading database $DB"
  odoo_update "$DB" -i "$(our_addons | comma)" -u "$(our_addons | comma)"
  set_db_stamp "$DB" "$stamp"
}

logins() {
  say "logins of the demo store (password = login)"
  sql "$DB" "SELECT u.login, p.name FROM res_users u JOIN res_partner p ON p.id = u.partner_id
             WHERE u.active AND (u.login = 'admin' OR u.id IN (
               SELECT res_id FROM ir_model_data WHERE model = 'res.users' AND module LIKE 'dealer%'))
             ORDER BY u.id" | while IFS='|' read -r login name; do printf '    %-14s %s\n' "$login" "$name"; done
}

"$ROOT/scripts/setup.sh"
use_postgres
# The port is asked for before the long steps, not after them.
[ "$SERVE" = 0 ] || port_is_free "$PORT" || die "port $PORT is taken. Free it (make stop) or name another:  make run PORT=8070"
[ -z "${RECREATE:-}" ] || drop_db "$DB"
if db_exists "$DB"; then upgrade_db; else create_db; fi
logins
[ "$SERVE" = 1 ] || exit 0
say "open http://127.0.0.1:$PORT   (Ctrl-C stops it)"
mapfile -t args < <(odoo_args)
exec "$VENV_PY" -m odoo server "${args[@]}" -d "$DB" --http-interface 127.0.0.1 --http-port "$PORT" \
  --pidfile "$RUN_DIR/server-$PORT.pid" --db-filter "^$DB\$" \
  --log-handler=py.warnings:ERROR
