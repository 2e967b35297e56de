# Shared settings and helpers of the project's scripts (sourced, not run).
# Everything that is downloaded or built lands outside the checkout, in $DEALER_CACHE.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DEALER_CACHE=${DEALER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dealer-insurance}
# The unpacked Odoo: a Debian package tree by default, or a source checkout named by ODOO_SRC.
ODOO_PREFIX=$DEALER_CACHE/odoo
VENV=$DEALER_CACHE/venv
VENV_PY=$VENV/bin/python
BIN=$DEALER_CACHE/bin
RUN_DIR=$DEALER_CACHE/run
LOG_DIR=${LOG_DIR:-$DEALER_CACHE/log}
DATA_DIR=${DATA_DIR:-$DEALER_CACHE/data}
PORT=${PORT:-8069}
DB=${DB:-dealer}
export PATH="$BIN:$VENV/bin:$PATH"
# Chinese names in files and terminals must survive a bare "C" locale.
export LANG=${LANG:-C.UTF-8} PYTHONUTF8=1
# One import must never write into another user's cache folder.
umask 022

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# as_root CMD…: run CMD as root, through sudo when needed; explains itself when neither is possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
  else die "this needs root once. Run:  sudo $*"
  fi
}

# odoo_paths: the addons path of Odoo itself, whichever way it got here.
if [ -n "${ODOO_SRC:-}" ]; then
  ODOO_ADDONS=$ODOO_SRC/addons
else
  ODOO_ADDONS=$ODOO_PREFIX/usr/lib/python3/dist-packages/odoo/addons
fi
