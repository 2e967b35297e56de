#!/usr/bin/env bash
# Tests through pytest.
#   scripts/test.sh                              everything, in a fresh database
#   ADDON=dealer_base K=vehicle scripts/test.sh  tests of one addon (and of those only, whose name has "vehicle"),
#                                                in a database that is kept and upgraded
# What pytest may be told besides goes on the command line: scripts/test.sh -x --tb=long
source "$(dirname "$0")/lib.sh"
ADDON=${ADDON:-} K=${K:-}
"$ROOT/scripts/setup.sh" --test
use_postgres
SHOTS=$LOG_DIR/screenshots
rm -rf "$SHOTS"; mkdir -p "$SHOTS"

# own_dependencies ADDON: ADDON and the addons of ours below it.
own_dependencies() {
  "$VENV_PY" - "$ROOT/addons" "$1" <<'PY'
import ast, pathlib, sys
folder, todo, seen = pathlib.Path(sys.argv[1]), [sys.argv[2]], []
while todo:
    name = todo.pop()
    manifest = folder / name / "__manifest__.py"
    if name not in seen and manifest.is_file():
        seen.append(name)
        todo += ast.literal_eval(manifest.read_text("utf-8")).get("depends", [])
print(" ".join(sorted(seen)))
PY
}

if [ -n "$ADDON" ]; then
  [ -f "$ROOT/addons/$ADDON/__manifest__.py" ] || die "no addon $ADDON; there are: $(our_addons | tr '\n' ' ')"
  database=${TEST_DB}_$ADDON
  addons=$(own_dependencies "$ADDON")
  template=$(template_db)
  stamp="$template $(addon_stamp $addons)"
  before=
  ! db_exists "$database" || before=$(db_stamp "$database")
  if [ "${before%% *}" != "$template" ]; then
    say "installing $ADDON into $database"
    copy_db "$template" "$database"
    sql postgres 'ALTER DATABASE :"db" SET synchronous_commit = off' db="$database"
    odoo_update "$database" -i "$ADDON"
  elif [ "$before" != "$stamp" ]; then
    changed=
    for entry in ${stamp#* }; do [[ " $before " == *" $entry "* ]] || changed+=${changed:+,}${entry%%=*}; done
    say "upgrading $changed in $database"
    # Half upgraded is not known: the next run starts afresh.
    set_db_stamp "$database" unknown
    odoo_update "$database" -u "$changed"
  fi
  set_db_stamp "$database" "$stamp"
  [ -d "$ROOT/addons/$ADDON/tests" ] || die "$ADDON has no tests"
  paths=("$ROOT/addons/$ADDON/tests")
else
  pristine=$(installed_db)
  database=$TEST_DB
  copy_db "$pristine" "$database"
  sql postgres 'ALTER DATABASE :"db" SET synchronous_commit = off' db="$database"
  paths=()
  for addon in $(our_addons); do [ ! -d "$ROOT/addons/$addon/tests" ] || paths+=("$ROOT/addons/$addon/tests"); done
  paths+=("$ROOT/tests")
  # Tests that run servers of their own copy this database, in which nobody works.
  export DEALER_PRISTINE_DB=$pristine
fi
export DEALER_DATA_DIR=$DATA_DIR DEALER_ADDONS_PATH=$ODOO_ADDONS,$ROOT/addons DEALER_LOG_DIR=$LOG_DIR

# Ledgers of a real store, when they lie beside the checkout: the import is then held to them too.
if [ -z "${DEALER_SAMPLE_DATA:-}" ] && [ -d "$ROOT/../shared/data" ]; then
  export DEALER_SAMPLE_DATA; DEALER_SAMPLE_DATA=$(cd "$ROOT/../shared/data" && pwd)
fi

say "running the tests in $database"
rc=0
cd "$ROOT"
# Level "runbot" keeps warnings and the places of screenshots in the report of a test that fails.
"$VENV_PY" -m pytest --odoo-config="$ROOT/config/odoo.conf" --odoo-addons-path="$DEALER_ADDONS_PATH" \
  --odoo-database="$database" --odoo-http --odoo-log-level=runbot --odoo-extra "data-dir=$DATA_DIR" \
  --odoo-extra "screenshots=$SHOTS" --odoo-extra "db-filter=^$database\$" --odoo-extra max-cron-threads=0 \
  ${K:+-k "$K"} "${paths[@]}" "$@" || rc=$?
[ -n "$ADDON" ] || drop_db "$database"
if [ "$rc" = 5 ]; then die "no test was found${K:+ for K=$K}"; fi
if [ "$rc" != 0 ]; then
  pictures=$(find "$SHOTS" -name '*.png' | sort)
  [ -z "$pictures" ] || { say "screenshots of what the browser showed"; sed 's/^/    /' <<<"$pictures"; }
  [ -n "$ADDON" ] || note "one addon alone, quickly:  make test ADDON=<addon> K=<part of the test's name>"
fi
exit "$rc"
