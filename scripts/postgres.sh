#!/usr/bin/env bash
# A private PostgreSQL cluster on loopback: start | stop | status | env.
# Not used when PGHOST is given: then that server is taken as it is.
source "$(dirname "$0")/lib.sh"

PG_DATA=$DEALER_CACHE/pgdata
PG_PORT=${DEALER_PGPORT:-5433}
PG_ROLE=${DEALER_PGUSER:-odoo}

pg_bin() {
  local d
  for d in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V -r); do
    [ -x "$d/initdb" ] && { echo "$d"; return; }
  done
  have initdb && dirname "$(command -v initdb)"
}

# initdb and the server refuse to run as root: then the system user "postgres" owns the cluster.
as_pg() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

start() {
  [ -n "${PGHOST:-}" ] && return 0
  local bin; bin=$(pg_bin)
  [ -n "$bin" ] || die "PostgreSQL is missing. Run:  sudo apt-get install postgresql   (or name a server: PGHOST=… PGPORT=… PGUSER=…)"
  if [ ! -f "$PG_DATA/PG_VERSION" ]; then
    say "creating a PostgreSQL cluster"
    mkdir -p "$PG_DATA"; chmod 700 "$PG_DATA"
    if [ "$(id -u)" = 0 ]; then
      chown postgres: "$PG_DATA"
      # The system user must be able to walk down to its own folder, and nothing more.
      local d=$PG_DATA
      while d=$(dirname "$d") && [ "$d" != / ]; do
        runuser -u postgres -- test -x "$d" || chmod o+x "$d"
      done
    fi
    as_pg "$bin/initdb" -D "$PG_DATA" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$LOG_DIR/initdb.log" 2>&1 \
      || die "initdb failed, see $LOG_DIR/initdb.log"
    as_pg tee -a "$PG_DATA/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 2GB
random_page_cost = 1.1
max_wal_size = 2GB
CONF
  fi
  if ! as_pg "$bin/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; then
    say "starting PostgreSQL on 127.0.0.1:$PG_PORT"
    as_pg "$bin/pg_ctl" -D "$PG_DATA" -w -t 60 -l "$PG_DATA/server.log" start >/dev/null \
      || { as_pg tail -5 "$PG_DATA/server.log" >&2 || true; die "PostgreSQL did not start (is port $PG_PORT taken? DEALER_PGPORT=… names another)"; }
  fi
  psql -h 127.0.0.1 -p "$PG_PORT" -U postgres -d postgres -Atqc "SELECT 1 FROM pg_roles WHERE rolname = '$PG_ROLE'" | grep -q 1 \
    || psql -h 127.0.0.1 -p "$PG_PORT" -U postgres -d postgres -qc "CREATE ROLE \"$PG_ROLE\" LOGIN CREATEDB"
}

stop() {
  [ -f "$PG_DATA/PG_VERSION" ] && as_pg "$(pg_bin)/pg_ctl" -D "$PG_DATA" -m fast stop >/dev/null 2>&1 || true
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) as_pg "$(pg_bin)/pg_ctl" -D "$PG_DATA" status ;;
  env)
    # Lines to eval: how clients reach the database.
    if [ -n "${PGHOST:-}" ]; then echo "export PGHOST PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-$(id -un)}"
    else echo "export PGHOST=127.0.0.1 PGPORT=$PG_PORT PGUSER=$PG_ROLE"; fi ;;
  *) die "usage: scripts/postgres.sh start|stop|status|env" ;;
esac
