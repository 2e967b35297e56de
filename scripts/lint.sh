#!/usr/bin/env bash
# Every static check, Odoo's own lint tests and the translations. All of them run, also after one has failed.
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
cd "$ROOT"
failed=()

# check NAME CMD…: run one check; its output is shown when it fails.
check() {
  local name=$1 log=$LOG_DIR/lint-$1.log start=$SECONDS; shift
  if "$@" >"$log" 2>&1; then printf '    %-16s ok (%d s)\n' "$name" $((SECONDS - start))
  else
    printf '    %-16s \033[31mfailed\033[0m\n' "$name"
    head -200 "$log"
    failed+=("$name")
  fi
}

mapfile -t addons < <(our_addons | sed 's|^|addons/|')

# Odoo's checkers for pylint: they lie beside its lint tests and are loaded from there.
core_pylint() {
  PYTHONPATH="$ODOO_ADDONS/test_lint/tests:$ODOO_LIB:$ROOT" ADDONS_PATH="$ODOO_ADDONS:$ROOT/addons" \
    "$VENV_PY" -m pylint --rcfile=/dev/null --disable=all,useless-option-value --reports=n --score=n \
    --enable=used-before-assignment,undefined-variable,eval-used,unreachable,function-redefined,sql-injection,missing-gettext,gettext-variable,gettext-placeholders,gettext-repr,raise-unlink-override \
    --load-plugins=_pylint_path_setup,pylint.extensions.bad_builtin,_odoo_checker_sql_injection,_odoo_checker_gettext,_odoo_checker_unlink_override \
    --bad-functions=input --ignore=tests "${addons[@]}"
}
syntax_of_scripts() { local f; for f in scripts/*.sh .ci/run; do bash -n "$f" || return 1; done; }
odoo_lint() {
  "$VENV_PY" -m pytest --odoo-config="$ROOT/config/odoo.conf" --odoo-addons-path="$ODOO_ADDONS,$ROOT/addons" \
    --odoo-database="$1" --odoo-log-level=warn --odoo-extra "data-dir=$DATA_DIR" tests/lint
}

say "static checks"
check ruff ruff check .
check ruff-format ruff format --check .
check shell syntax_of_scripts
check pylint-odoo env PYTHONPATH=addons "$VENV_PY" -m pylint --rcfile=.pylintrc "${addons[@]}"
check odoo-pylint core_pylint
check oca-module oca-checks-odoo-module --config=.oca_hooks.cfg "${addons[@]}"
mapfile -t po < <(find addons -path '*/i18n/*.po*' | sort)
[ ${#po[@]} = 0 ] || check oca-po oca-checks-po --config=.oca_hooks.cfg "${po[@]}"
check repository "$VENV_PY" scripts/check_repo.py

pristine=$(installed_db) || die "lint failed: the addons do not install${failed[*]:+, ${failed[*]}}"
say "checks in a database with the addons installed"
copy_db "$pristine" "${TEST_DB}_lint"
check odoo-lint odoo_lint "${TEST_DB}_lint"
drop_db "${TEST_DB}_lint"
check translations env CHECK=1 "$ROOT/scripts/i18n.sh"

[ ${#failed[@]} = 0 ] || die "lint failed: ${failed[*]}"
say "lint passed"
