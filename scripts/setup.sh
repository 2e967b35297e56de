#!/usr/bin/env bash
# Get everything the product runs on, once: system packages, Odoo 19, the Python environment, the PDF
# engine, PostgreSQL. Each step is skipped when its result stands, so a second call takes about a second.
#   scripts/setup.sh            what `make run` needs
#   scripts/setup.sh --test     browser, linters and test runner as well
source "$(dirname "$0")/lib.sh"
WITH_TEST=${1:-}

mkdir -p "$DEALER_CACHE" "$BIN" "$RUN_DIR" "$LOG_DIR" "$DATA_DIR"

packages_of() { sed -e 's/#.*//' -e '/^\s*$/d' "$@"; }

missing_packages() {
  local p
  for p in $(packages_of "$@"); do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || echo "$p"
  done
}

install_packages() {
  local lists=("$ROOT/config/apt-packages.txt") missing
  [ "$WITH_TEST" = --test ] && lists+=("$ROOT/config/apt-packages-test.txt")
  have dpkg-query || { note "no dpkg here: these must be present: $(packages_of "${lists[@]}" | tr '\n' ' ')"; return; }
  missing=$(missing_packages "${lists[@]}")
  # A database server that somebody else runs makes the local one unnecessary.
  [ -n "${PGHOST:-}" ] && missing=$(printf '%s\n' $missing | grep -vx postgresql || true)
  [ -n "$missing" ] || return 0
  say "installing system packages: $(echo $missing)"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing)
  if ! can_root; then
    die "missing: $(echo $missing)
    install with:  sudo apt-get update && sudo apt-get install -y --no-install-recommends $(echo $missing)"
  fi
  : >"$LOG_DIR/apt.log"
  with_progress "$LOG_DIR/apt.log" as_root apt-get update -q || die "apt-get update failed, see $LOG_DIR/apt.log"
  # The cluster of the Debian package is not wanted, only its programs.
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  with_progress "$LOG_DIR/apt.log" as_root "${install[@]}" || die "installing packages failed, see $LOG_DIR/apt.log"
}

# debian_mirror: where this machine gets Debian's packages from (its own apt sources), or DEBIAN_MIRROR.
debian_mirror() {
  [ -n "${DEBIAN_MIRROR:-}" ] && { echo "$DEBIAN_MIRROR"; return; }
  apt-get indextargets --format '$(ORIGIN)|$(SUITE)|$(REPO_URI)' 2>/dev/null \
    | awk -F'|' '$1=="Debian" && $3 !~ /security/ {print $3; exit}'
}

get_odoo() {
  if [ -n "${ODOO_SRC:-}" ]; then
    [ -f "$ODOO_SRC/odoo/release.py" ] || die "ODOO_SRC=$ODOO_SRC holds no Odoo source (odoo/release.py is not there)"
    return 0
  fi
  [ -f "$ODOO_PREFIX/.complete" ] && return 0
  have apt-get || die "no apt here. Get the Odoo 19.0 source yourself and run:  make run ODOO_SRC=/path/to/odoo"
  local mirror apt_dir=$DEALER_CACHE/apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { as_root apt-get update -q >"$LOG_DIR/apt.log" 2>&1 || true; mirror=$(debian_mirror); }
  [ -n "$mirror" ] || die "this machine has no Debian mirror among its apt sources.
    Name one:  make run DEBIAN_MIRROR=<url of a Debian mirror>      (package debian-archive-keyring must be installed)
    or use a source checkout of branch 19.0:  make run ODOO_SRC=/path/to/odoo"
  [ -f "$keyring" ] || die "the Debian archive keys are missing. Run:  sudo apt-get install debian-archive-keyring"
  say "getting Odoo 19 (package odoo-19 of Debian unstable, about 125 MB)"
  # A private apt state: nothing of the system's own package lists changes.
  mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial,etc}
  : >"$apt_dir/status"
  echo "deb [signed-by=$keyring] $mirror sid main" >"$apt_dir/etc/sources.list"
  local opts=(-o Dir::Etc::sourcelist="$apt_dir/etc/sources.list" -o Dir::Etc::sourceparts=-
    -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=-
    -o Dir::State="$apt_dir" -o Dir::State::Lists="$apt_dir/lists" -o Dir::State::status="$apt_dir/status"
    -o Dir::Cache="$apt_dir/cache" -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root
    -o Acquire::Languages=none -o Acquire::Retries=3)
  : >"$LOG_DIR/odoo-download.log"
  with_progress "$LOG_DIR/odoo-download.log" apt-get "${opts[@]}" update -q || die "reading Debian unstable failed, see $LOG_DIR/odoo-download.log"
  rm -f "$apt_dir"/odoo-19_*.deb
  # apt checks the SHA256 of the signed package index itself and fails when it differs.
  (cd "$apt_dir" && with_progress "$LOG_DIR/odoo-download.log" apt-get "${opts[@]}" download odoo-19) \
    || die "downloading odoo-19 failed, see $LOG_DIR/odoo-download.log"
  say "unpacking Odoo"
  rm -rf "$ODOO_PREFIX.new" && mkdir -p "$ODOO_PREFIX.new"
  with_progress "$LOG_DIR/odoo-download.log" dpkg-deb -x "$apt_dir"/odoo-19_*.deb "$ODOO_PREFIX.new"
  dpkg-deb -f "$apt_dir"/odoo-19_*.deb Version >"$ODOO_PREFIX.new/.version"
  rm -f "$apt_dir"/odoo-19_*.deb
  # The package links to files of other Debian packages by relative path.
  local share=$ODOO_PREFIX.new/usr/share d
  mkdir -p "$share"
  for d in javascript fonts fonts-font-awesome; do ln -sfn "/usr/share/$d" "$share/$d"; done
  # Left out of the package: background blur of video calls, which nobody here uses; the bundle wants the file.
  local blur=$ODOO_PREFIX.new/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js
  [ -e "$blur" ] || { mkdir -p "$(dirname "$blur")"; echo '/* not shipped with the Debian package */' >"$blur"; }
  rm -rf "$ODOO_PREFIX" && mv "$ODOO_PREFIX.new" "$ODOO_PREFIX" && touch "$ODOO_PREFIX/.complete"
}

# pip_into FILES…: bring the environment to the pinned requirements, only when they changed.
pip_into() {
  local name=$1; shift
  local want stamp=$VENV/.installed-$name; want=$(stamp_of "$@" "$ROOT/config/constraints.txt")
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && return 0
  say "installing Python packages ($name)"
  local args=(-c "$ROOT/config/constraints.txt") f
  for f in "$@"; do args+=(-r "$f"); done
  : >"$LOG_DIR/pip-$name.log"
  with_progress "$LOG_DIR/pip-$name.log" "$VENV_PY" -m pip install --quiet --disable-pip-version-check "${args[@]}" \
    || { tail -5 "$LOG_DIR/pip-$name.log" >&2; die "pip failed, see $LOG_DIR/pip-$name.log"; }
  echo "$want" >"$stamp"
}

get_python() {
  local py=${PYTHON:-python3}
  have "$py" || die "Python 3.11 to 3.13 is needed. Run:  sudo apt-get install python3 python3-venv"
  "$py" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    || die "Python 3.11 to 3.13 is needed; this is $("$py" -V). Name another:  make run PYTHON=python3.12"
  if [ ! -x "$VENV_PY" ]; then
    say "creating the Python environment"
    "$py" -m venv "$VENV" >"$LOG_DIR/venv.log" 2>&1 \
      || { rm -rf "$VENV"; die "no working venv module, see $LOG_DIR/venv.log. Run:  sudo apt-get install python3-venv"; }
  fi
  # Odoo itself must be known before the OCA wheels, which require it by name.
  local pth
  pth=$("$VENV_PY" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/odoo-path.pth
  [ "$(cat "$pth" 2>/dev/null)" = "$ODOO_LIB" ] || echo "$ODOO_LIB" >"$pth"
  pip_into run "$ROOT/config/requirements.txt"
  # OCA addons resolve against "odoo", which no index has: the tree above is it.
  local want stamp=$VENV/.installed-oca; want=$(stamp_of "$ROOT/config/requirements-oca.txt")
  if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
    say "installing OCA addons"
    "$VENV_PY" -m pip install --quiet --no-deps -r "$ROOT/config/requirements-oca.txt" >"$LOG_DIR/pip-oca.log" 2>&1 \
      || { tail -5 "$LOG_DIR/pip-oca.log" >&2; die "pip failed, see $LOG_DIR/pip-oca.log"; }
    echo "$want" >"$stamp"
  fi
  if [ "$WITH_TEST" = --test ]; then pip_into test "$ROOT/config/requirements-test.txt"; fi
}

get_pdf_engine() {
  # Debian's wkhtmltopdf has no page header and footer; the wheel carries the patched program.
  [ -e "$BIN/wkhtmltopdf" ] && return 0
  local program=$VENV/bin/wkhtmltopdf-pack
  [ -x "$program" ] || die "the PDF engine is not in the Python environment ($program)"
  ln -sfn "$program" "$BIN/wkhtmltopdf"
}

install_packages
get_odoo
get_python
get_pdf_engine
"$ROOT/scripts/postgres.sh" start
