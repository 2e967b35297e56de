#!/usr/bin/env bash
# Start inside the container: create the database once, bring it to the addons of the image, serve.
# It needs nothing of a container but the folders below, so it can be tried without one.
set -euo pipefail
DB=${DEALER_DB:-dealer}
HOME_DIR=${DEALER_HOME:-/opt/dealer}
DATA_DIR=${DEALER_DATA_DIR:-/var/lib/odoo}
read -ra ODOO <<<"${ODOO_COMMAND:-odoo}"
ARGS=(-c "${ODOO_RC:-/etc/odoo/odoo.conf}" --data-dir "$DATA_DIR" -d "$DB"
  --addons-path "${DEALER_ADDONS_PATH:-/opt/dealer/addons,/opt/dealer/oca/odoo/addons}")

for _ in $(seq 60); do pg_isready -q && break; sleep 1; done
addons=$(cd "$HOME_DIR/addons" && ls -d -- */ | tr -d / | paste -sd, -)
stamp=$(cd "$HOME_DIR" && find addons -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
sql() { psql -XAtq -v ON_ERROR_STOP=1 -v db="$DB" -v stamp="$stamp" -d postgres <<<"$1"; }
update() { "${ODOO[@]}" server "${ARGS[@]}" --no-http --stop-after-init --max-cron-threads=0 "$@"; }
script() { "${ODOO[@]}" shell "${ARGS[@]}" --no-http --log-level=error; }
# The comment on the database says which addons it was brought to; it is set when all went well.
known=$(sql "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :'db'")

if [ -z "$known" ]; then
  # The country comes before accounting, so that the first chart of accounts is the Chinese one.
  update -i base --load-language=en_US,zh_CN
  script <"$HOME_DIR/configure_db.py"
  update -i "l10n_cn,$addons"
  script <"$HOME_DIR/configure_db.py"
  script <<'PY'
import os
env.ref("base.user_admin").password = os.environ["ADMIN_PASSWORD"]
env.cr.commit()
PY
elif [ "$known" != "$stamp" ]; then
  update -i "$addons" -u "$addons"
fi
sql "COMMENT ON DATABASE :\"db\" IS :'stamp'"
exec "${ODOO[@]}" server "${ARGS[@]}" --http-interface="${HTTP_INTERFACE:-0.0.0.0}" --http-port="${HTTP_PORT:-8069}" \
  --db-filter "^$DB\$"
