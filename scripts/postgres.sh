#!/usr/bin/env bash
# A private PostgreSQL cluster on loopback: start | stop | status | env.
# Not used when PGHOST is given: then that server is taken as it is.
source "$(dirname "$0")/lib.sh"

PG_DATA=$DEALER_CACHE/pgdata
PG_ROLE=${DEALER_PGUSER:-odoo}
PG_PASS=$RUN_DIR/pgpass

pg_bin() {
  local d
  for d in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V -r); do
    [ -x "$d/initdb" ] && { echo "$d"; return; }
  done
  if have initdb; then dirname "$(command -v initdb)"; fi
}

# initdb and the server refuse to run as root: then the system user "postgres" owns the cluster.
as_pg() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

is_running() { as_pg "$(pg_bin)/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; }

# The port of the running server (fourth line of its pid file), else the one it will be asked to take.
pg_port() {
  local port=
  [ -r "$PG_DATA/postmaster.pid" ] && port=$(sed -n 4p "$PG_DATA/postmaster.pid")
  echo "${port:-${DEALER_PGPORT:-5433}}"
}

# Several people on one machine each have a cluster: take the first free port.
free_port() {
  python3 - "$1" <<'PY'
import socket, sys
for port in range(int(sys.argv[1]), int(sys.argv[1]) + 50):
    with socket.socket() as probe:
        # A port that a stopped server has just left is free, as PostgreSQL sees it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    break
PY
}

create() {
  local bin=$1 d=$PG_DATA pwfile
  say "creating a PostgreSQL cluster"
  mkdir -p "$PG_DATA"; chmod 700 "$PG_DATA"
  # Other users of the machine reach the port too, so the password lies in a file that only we can read.
  local password; password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077; echo "*:*:*:*:$password" >"$PG_PASS")
  if [ "$(id -u)" = 0 ]; then
    chown postgres: "$PG_DATA"
    # The system user must be able to walk down to its own folder, and nothing more.
    while d=$(dirname "$d") && [ "$d" != / ]; do
      runuser -u postgres -- test -x "$d" || chmod o+x "$d"
    done
  fi
  pwfile=$(mktemp); echo "$password" >"$pwfile"
  [ "$(id -u)" != 0 ] || chown postgres: "$pwfile"
  as_pg "$bin/initdb" -D "$PG_DATA" -U postgres -A scram-sha-256 --pwfile="$pwfile" -E UTF8 --locale=C.UTF-8 \
    >"$LOG_DIR/initdb.log" 2>&1 || { rm -f "$pwfile"; die "initdb failed, see $LOG_DIR/initdb.log"; }
  rm -f "$pwfile"
  as_pg tee -a "$PG_DATA/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 2GB
random_page_cost = 1.1
max_wal_size = 2GB
CONF
}

start() {
  [ -n "${PGHOST:-}" ] && return 0
  local bin port
  bin=$(pg_bin)
  [ -n "$bin" ] || die "PostgreSQL is missing. Run:  sudo apt-get install postgresql   (or name a server: PGHOST=… PGPORT=… PGUSER=…)"
  mkdir -p "$RUN_DIR" "$LOG_DIR"
  [ -f "$PG_DATA/PG_VERSION" ] || create "$bin"
  if ! is_running; then
    port=$(free_port "${DEALER_PGPORT:-5433}")
    say "starting PostgreSQL on 127.0.0.1:$port"
    as_pg "$bin/pg_ctl" -D "$PG_DATA" -w -t 60 -l "$PG_DATA/server.log" -o "-p $port" start >/dev/null 2>&1 \
      || { as_pg tail -5 "$PG_DATA/server.log" >&2 || true; die "PostgreSQL did not start, see $PG_DATA/server.log"; }
  fi
  eval "$(env_lines)"
  psql -XAtq -U postgres -d postgres -c "SELECT 1 FROM pg_roles WHERE rolname = '$PG_ROLE'" | grep -q 1 \
    || psql -Xq -U postgres -d postgres -v role="$PG_ROLE" -v pass="$(cut -d: -f5 "$PG_PASS")" \
         <<<"CREATE ROLE :\"role\" LOGIN CREATEDB PASSWORD :'pass'"
}

stop() {
  if [ -f "$PG_DATA/PG_VERSION" ] && is_running; then
    say "stopping PostgreSQL"
    as_pg "$(pg_bin)/pg_ctl" -D "$PG_DATA" -m fast stop >/dev/null
  fi
}

# Lines to eval: how clients reach the database.
env_lines() {
  if [ -n "${PGHOST:-}" ]; then echo "export PGHOST PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-$(id -un)}"
  else
    echo "export PGHOST=127.0.0.1 PGPORT=$(pg_port) PGUSER=$PG_ROLE"
    [ ! -f "$PG_PASS" ] || echo "export PGPASSFILE='$PG_PASS'"
  fi
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) if is_running; then note "PostgreSQL on 127.0.0.1:$(pg_port)"; else note "PostgreSQL is not running"; fi ;;
  env) env_lines ;;
  *) die "usage: scripts/postgres.sh start|stop|status|env" ;;
esac
