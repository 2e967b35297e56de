#!/usr/bin/env bash
# Translations: export the source texts of every addon, merge them into zh_CN.po, derive zh_TW.po from it.
# Fails while a Chinese text is missing. With CHECK=1 nothing is written: it fails when the files are behind.
source "$(dirname "$0")/lib.sh"
"$ROOT/scripts/setup.sh" --test
use_postgres
pristine=$(installed_db)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t addons < <(our_addons)
odoo_export() {
  # One start of Odoo for all addons: the command line of Odoo exports to a folder or one addon at a time.
  EXPORT_TO=$work ADDONS=$(our_addons | comma) odoo_script "$pristine" "$ROOT/scripts/i18n_export.py"
}
odoo_export
"$VENV_PY" "$ROOT/scripts/i18n_merge.py" ${CHECK:+--check} "$work" "${addons[@]}"
