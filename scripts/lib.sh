# Shared settings and helpers of the project's scripts (sourced, not run).
# Everything that is downloaded or built lands outside the checkout, in $DEALER_CACHE.
set -euo pipefail
shopt -s inherit_errexit
# Other users of the machine may read the caches, never write them; the database is behind its own password.
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DEALER_CACHE=${DEALER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dealer-insurance}
# The unpacked Odoo: a Debian package tree by default, or a source checkout named by ODOO_SRC.
ODOO_SRC=${ODOO_SRC:-}
ODOO_PREFIX=$DEALER_CACHE/odoo
VENV=$DEALER_CACHE/venv
VENV_PY=$VENV/bin/python
BIN=$DEALER_CACHE/bin
RUN_DIR=$DEALER_CACHE/run
LOG_DIR=${LOG_DIR:-$DEALER_CACHE/log}
DATA_DIR=${DATA_DIR:-$DEALER_CACHE/data}
PORT=${PORT:-8069}
DB=${DB:-dealer}
# Two checkouts may be tested on one machine: the name of the test databases tells them apart.
TEST_DB=${TEST_DB:-dealer_test_$(printf %s "$ROOT" | sha256sum | cut -c1-6)}
export PATH="$BIN:$VENV/bin:$PATH"
# Chinese names in files and terminals must survive a bare "C" locale.
export LANG=${LANG:-C.UTF-8} PYTHONUTF8=1

if [ -n "$ODOO_SRC" ]; then
  ODOO_LIB=$ODOO_SRC ODOO_ADDONS=$ODOO_SRC/addons
else
  ODOO_LIB=$ODOO_PREFIX/usr/lib/python3/dist-packages ODOO_ADDONS=$ODOO_LIB/odoo/addons
fi

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
stamp_of() { cat "$@" | sha256sum | cut -c1-16; }

can_root() { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }

# as_root CMD…: run CMD as root, through sudo when needed; explains itself when neither is possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif can_root; then sudo -n "$@"
  else die "this needs root once. Run:  sudo $*"
  fi
}

# with_progress LOG CMD…: run a long command with its output in LOG, and tell every ten seconds how far it is.
with_progress() {
  local log=$1 pid start=$SECONDS shown=0 step rc=0; shift
  "$@" >>"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if [ $((SECONDS - start)) -ge $((shown + 10)) ]; then
      shown=$((SECONDS - start))
      step=$(grep -oE 'Loading module [a-z0-9_]+ \([0-9]+/[0-9]+\)' "$log" 2>/dev/null | tail -1 || true)
      note "${shown} s${step:+: ${step#Loading module }}"
    fi
  done
  wait "$pid" || rc=$?
  return "$rc"
}

# ---------------------------------------------------------------------------------------------- addons

our_addons() { local m; for m in "$ROOT"/addons/*/__manifest__.py; do basename "$(dirname "$m")"; done; }
comma() { paste -sd, -; }

# tree_hash PATH…: what the files hold and how they are called, byte code left out.
tree_hash() {
  (cd "$ROOT" && find "$@" -type f -not -name '*.pyc' -not -path '*/__pycache__/*' -print0 \
    | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

# addon_stamp: one "addon=hash" per addon of ours, the state of the code on disk.
addon_stamp() { local a; for a in "$@"; do printf '%s=%s ' "$a" "$(tree_hash "addons/$a")"; done | sed 's/ $//'; }

# ------------------------------------------------------------------------------------------------ odoo

odoo_args() {
  printf '%s\n' -c "$ROOT/config/odoo.conf" --data-dir "$DATA_DIR" --addons-path "$ODOO_ADDONS,$ROOT/addons"
}

# odoo_server OPTIONS…: Odoo with the project's configuration.
odoo_server() { local args; mapfile -t args < <(odoo_args); "$VENV_PY" -m odoo server "${args[@]}" "$@"; }

# odoo_script DB FILE: run a Python file in an Odoo shell of DB (`env` is there); prints what it prints.
odoo_script() {
  local args; mapfile -t args < <(odoo_args)
  "$VENV_PY" -m odoo shell "${args[@]}" -d "$1" --no-http --log-level=error \
    --log-handler=py.warnings:ERROR <"$2"
}

# log_is_clean FILE: no warning and no error in an Odoo log, save the known ones of config/log-allow.txt.
log_is_clean() {
  local bad
  bad=$(grep -E '^[0-9]{4}-[0-9-]+ [0-9:,]+ [0-9]+ (WARNING|ERROR|CRITICAL) ' "$1" \
    | grep -vEf <(grep -vE '^(#|$)' "$ROOT/config/log-allow.txt") || true)
  [ -z "$bad" ] && return 0
  printf '%s\n' "$bad" | cut -c1-400 | sort -u -k5 | head -40 >&2
  return 1
}

# odoo_update DB OPTIONS…: install or upgrade with progress; any warning in its log is a failure.
odoo_update() {
  local db=$1 log=$LOG_DIR/update-$1.log; shift
  : >"$log"
  with_progress "$log" odoo_server -d "$db" --stop-after-init --no-http --max-cron-threads=0 "$@" \
    || { tail -25 "$log" >&2; die "Odoo stopped with an error, see $log"; }
  log_is_clean "$log" || die "the log of installing has the warnings above, see $log"
}

# --------------------------------------------------------------------------------------------- database

use_postgres() { eval "$("$ROOT/scripts/postgres.sh" env)"; }

# sql DB STATEMENT [name=value…]: values reach the statement as :'name'.
sql() {
  local db=$1 statement=$2 v args=(); shift 2
  for v in "$@"; do args+=(-v "$v"); done
  psql -XAtq -v ON_ERROR_STOP=1 "${args[@]}" -d "$db" <<<"$statement"
}
db_exists() { [ "$(sql postgres "SELECT 1 FROM pg_database WHERE datname = :'db'" db="$1")" = 1 ]; }
# What a database was made from, kept as the comment on it: it goes where the database goes.
db_stamp() { sql postgres "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :'db'" db="$1"; }
set_db_stamp() { sql postgres "COMMENT ON DATABASE :\"db\" IS :'stamp'" db="$1" stamp="$2"; }
drop_db() { dropdb --if-exists --force "$1" 2>/dev/null; rm -rf "$DATA_DIR/filestore/${1:?}"; }

# copy_db SOURCE TARGET: database and attachments; the files themselves never change, so links will do.
copy_db() {
  drop_db "$2"
  createdb -T "$1" "$2"
  if [ -d "$DATA_DIR/filestore/$1" ]; then
    cp -al "$DATA_DIR/filestore/$1" "$DATA_DIR/filestore/$2" 2>/dev/null \
      || { rm -rf "$DATA_DIR/filestore/$2"; cp -a "$DATA_DIR/filestore/$1" "$DATA_DIR/filestore/$2"; }
  fi
}

# Modules of others that our addons need, with the Chinese chart on top.
dependencies() {
  "$VENV_PY" - "$ROOT/addons" <<'PY'
import ast, pathlib, sys
manifests = {p.parent.name: ast.literal_eval(p.read_text("utf-8")) for p in pathlib.Path(sys.argv[1]).glob("*/__manifest__.py")}
print(",".join(sorted({"account", "l10n_cn"}.union(*(m.get("depends", []) for m in manifests.values())) - set(manifests))))
PY
}

# template_db: name of the database that holds everything except our addons; made when it is not there.
# The name carries what it was made from, so another Odoo or another dependency makes another template.
template_db() {
  local deps version name
  deps=$(dependencies)
  version=$(cat "$ODOO_PREFIX/.version" 2>/dev/null || true)
  [ -z "$ODOO_SRC" ] || version=$(git -C "$ODOO_SRC" rev-parse HEAD 2>/dev/null || cat "$ODOO_SRC/odoo/release.py")
  name=dealer_tpl_$({ echo "$deps" "$version"; cat "$ROOT/config/requirements-oca.txt" "$ROOT/scripts/configure_db.py"; } | sha256sum | cut -c1-10)
  exec 9>"$RUN_DIR/template.lock"
  flock 9
  if ! db_exists "$name"; then
    say "preparing a database with $deps (once, a minute or two)" >&2
    drop_db "${name}_new"
    createdb -T template0 -E UTF8 --lc-collate=C "${name}_new"
    # The country comes before accounting, so that the first chart of accounts is the Chinese one.
    { odoo_update "${name}_new" -i base --load-language=en_US,zh_CN
      odoo_script "${name}_new" "$ROOT/scripts/configure_db.py"
      odoo_update "${name}_new" -i "$deps"
      odoo_script "${name}_new" "$ROOT/scripts/configure_db.py"; } >&2
    rm -rf "$DATA_DIR/filestore/$name"
    [ ! -d "$DATA_DIR/filestore/${name}_new" ] || mv "$DATA_DIR/filestore/${name}_new" "$DATA_DIR/filestore/$name"
    sql postgres 'ALTER DATABASE :"old" RENAME TO :"new"' old="${name}_new" new="$name" >&2
  fi
  flock -u 9
  echo "$name"
}

# installed_db: name of a database with all our addons as they are on disk now, fresh from the template.
# Nobody works in it: tests and linters copy it.
installed_db() {
  local name=${TEST_DB}_inst template stamp
  template=$(template_db)
  stamp="$template $(addon_stamp $(our_addons))"
  if ! db_exists "$name" || [ "$(db_stamp "$name")" != "$stamp" ]; then
    say "installing $(our_addons | comma) into a fresh database" >&2
    copy_db "$template" "$name"
    # A throw-away database need not survive a power cut.
    sql postgres 'ALTER DATABASE :"db" SET synchronous_commit = off' db="$name" >&2
    odoo_update "$name" -i "$(our_addons | comma)" >&2
    set_db_stamp "$name" "$stamp" >&2
  fi
  echo "$name"
}
