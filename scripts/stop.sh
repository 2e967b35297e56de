#!/usr/bin/env bash
# Stop the servers that `make run` started, and the private PostgreSQL.
source "$(dirname "$0")/lib.sh"
for file in "$RUN_DIR"/server-*.pid; do
  [ -f "$file" ] || continue
  pid=$(cat "$file")
  # A number left behind by a crash may belong to somebody else by now.
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "--pidfile $file"; then
    say "stopping Odoo ($pid)"
    kill "$pid"
    for _ in $(seq 30); do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
  fi
  rm -f "$file"
done
[ -n "${PGHOST:-}" ] || "$ROOT/scripts/postgres.sh" stop
