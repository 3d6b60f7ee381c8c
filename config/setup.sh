#!/bin/sh
# Prepares this folder: programs from the distribution, and the Python environment in .venv/ from the lock.
#
#   config/setup.sh          what it takes to run
#   config/setup.sh dev      also the tools of `make check`
#   config/setup.sh test     also the browsers, servers and stores the tests use
#
# Nothing is done twice: with everything in place this ends at once.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
started=$(date +%s)

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Runs a command whose own output nobody wants to read, telling every few seconds how far it has come by counting the
# lines that match a pattern; what it said is shown if it fails.
with_progress() {
  pattern=$1 unit=$2
  shift 2
  "$@" >"$scratch/log" 2>&1 &
  job=$!
  beats=0
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    beats=$((beats + 1))
    [ $((beats % 25)) -ne 0 ] || say "  $(grep -c "$pattern" "$scratch/log" || true) $unit, $((beats / 5)) s"
  done
  code=0
  wait "$job" || code=$?
  job=
  if [ "$code" -ne 0 ]; then
    tail -n 20 "$scratch/log" >&2
    fail "This did not work: $*"
  fi
}

# ---- programs ------------------------------------------------------------------------------------------------

TEST_PACKAGES="chromium-headless-shell fonts-liberation
  webkit2gtk-driver gstreamer1.0-libav gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-gl dbus dbus-x11 xvfb xauth
  swift-proxy swift-account swift-container swift-object memcached
  postgresql nginx"

# Seeing that the programs are there is enough; how they got there is not our business.
missing_to_run() {
  command -v ffmpeg >/dev/null 2>&1 && command -v ffprobe >/dev/null 2>&1 || echo ffmpeg
  [ -n "${VEO_REDIS_URL:-}" ] || command -v redis-server >/dev/null 2>&1 || echo redis-server
  [ -x .venv/bin/python ] || find_python >/dev/null || echo python3-venv
  # WeasyPrint draws the pages of a PDF with Pango.
  for library in libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; do
    /sbin/ldconfig -p | grep -q "${library%-0}.so\|${library%0}.so" || echo "$library"
  done
}

missing_to_test() {
  # shellcheck disable=SC2086
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' $TEST_PACKAGES 2>/dev/null | sed -n 's/^installed //p' >"$scratch/installed"
  for package in $TEST_PACKAGES; do
    grep -qx "$package" "$scratch/installed" || echo "$package"
  done
}

find_python() {
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# Packages start their services when they are installed; we only want their programs.
hold_services_back() {
  guard=/usr/sbin/policy-rc.d
  [ ! -e "$guard" ] || return 0
  # The guard knows who put it there: left behind by a killed set-up, it lets everything pass.
  $as_root sh -c "printf '#!/bin/sh\n# veo: only while set-up %s installs\n[ -d /proc/%s ] && exit 101\nexit 0\n' $$ $$ >$guard && chmod 755 $guard"
  guarded=yes
}

let_services_go() {
  [ -z "${guarded:-}" ] || $as_root rm -f /usr/sbin/policy-rc.d
  guarded=
}

switch_services_off() {
  [ -d /run/systemd/system ] || return 0
  for unit in redis-server postgresql nginx memcached swift-proxy swift-account swift-container swift-object; do
    case " $* " in *" $unit "*) $as_root systemctl disable --quiet "$unit" 2>/dev/null || true ;; esac
  done
}

install_packages() {
  names=$(echo "$@")
  if ! command -v apt-get >/dev/null 2>&1; then
    fail "Missing: $names. This is not Debian or Ubuntu, so please install it by the means of this system."
  elif [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
  else
    fail "Missing: $names. Install it as root with: apt-get install -y --no-install-recommends $names"
  fi
  # A sandbox for ffmpeg: used where it is there, so not worth a refusal where it is not.
  command -v bwrap >/dev/null 2>&1 || names="$names bubblewrap"
  say "Installing from the distribution: $names"
  [ -z "$as_root" ] || sudo -v
  hold_services_back
  apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
  with_progress '^Get:' 'package lists' $apt update
  # shellcheck disable=SC2086
  with_progress '^Setting up' 'packages set up' $apt install -y --no-install-recommends $names
  let_services_go
  switch_services_off "$@"
}

# ---- the Python environment ----------------------------------------------------------------------------------

install_python() {
  lock=$1
  mark=$(cat pyproject.toml "$lock" config/setup.sh | sha256sum | cut -d ' ' -f 1)
  stamp=.venv/.veo-$lock
  if [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ] && [ -x .venv/bin/veo ] && [ -x .venv/bin/python ]; then
    return 0
  fi
  if ! .venv/bin/python -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    python=$(find_python) || fail "Missing: Python 3.11, 3.12 or 3.13 with venv. Install it as root with: apt-get install -y python3-venv"
    say "Making .venv/ with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
  fi
  rm -f "$stamp"
  say "Installing $(grep -c '^[a-zA-Z]' "$lock") Python packages from $lock, each checked against its hash"
  pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore .venv/bin/python -m pip install --no-deps"
  with_progress '^Collecting' 'packages fetched' $pip --require-hashes --only-binary :all: -r "$lock"
  with_progress '^Successfully' 'project linked' $pip --no-build-isolation --editable .
  printf '%s' "$mark" >"$stamp"
}

# ---- in order ------------------------------------------------------------------------------------------------

scratch=$(mktemp -d)
tidy_up() {
  [ -z "${job:-}" ] || kill "$job" 2>/dev/null || true
  let_services_go
  rm -rf "$scratch"
}
trap tidy_up EXIT
trap 'exit 1' INT TERM HUP

missing=$(missing_to_run)
[ "$want" != test ] || missing="$missing $(missing_to_test)"
missing=$(echo $missing)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  install_packages $missing
fi
case $want in
  run) install_python requirements.lock ;;
  *) install_python requirements-dev.lock ;;
esac
passed=$(($(date +%s) - started))
[ "$passed" -lt 2 ] || say "Set up in $passed s."
