# Shared by the scripts beside it: where things are, what a fresh clone needs first, how a ZooKeeper is found. Sourced, never run.
# Works with bash 3.2 and up.
set -euo pipefail

OTTLA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

note() { printf '%s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command in silence; when it fails, shows what it said.
#   quietly "installing dependencies" npm ci
quietly() {
  local what=$1 log started
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/ottla.XXXXXX")
  started=$(date +%s)
  printf '%s ... ' "$what" >&2
  if "$@" >"$log" 2>&1; then
    printf 'done (%s s)\n' "$(($(date +%s) - started))" >&2
    rm -f "$log"
  else
    printf 'failed\n\n' >&2
    tail -n 40 "$log" >&2
    die "$what failed; its whole output: $log"
  fi
}

# value_of OPTION "$@": the argument after an option, for option loops.
value_of() {
  [ $# -ge 3 ] || die "$1 needs a value"
  printf '%s\n' "$3"
}

require_node() {
  command -v node >/dev/null 2>&1 || die "Node.js 20.19 or newer is needed, and no 'node' is on the PATH. https://nodejs.org"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "Node.js 20.19 or newer is needed; this is $(node --version)"
}

# Installs what package-lock.json names, once: again only when the lock is newer than what npm noted of its last installation.
ensure_dependencies() {
  require_node
  [ "$OTTLA_ROOT/node_modules/.package-lock.json" -nt "$OTTLA_ROOT/package-lock.json" ] && return 0
  (cd "$OTTLA_ROOT" && quietly "installing dependencies" npm ci --no-audit --no-fund)
}

# Compiles whatever changed since the last time.
ensure_built() {
  ensure_dependencies
  (cd "$OTTLA_ROOT" && quietly "building" ./node_modules/.bin/tsc -b)
}

# For tools, which should answer at once: builds only when nothing was built yet.
ensure_built_once() {
  [ -f "$OTTLA_ROOT/packages/cli/dist/main.js" ] && [ -f "$OTTLA_ROOT/packages/broker/dist/main.js" ] && return 0
  ensure_built
}

# How a broker's node is run. Its heap is small and its buffers lie outside of it: helper threads that collect it in parallel cost a
# broker half again as much processor time under load as collecting it alone (docs/benchmarks.md).
BROKER_COMMAND=(node --single-threaded-gc "$OTTLA_ROOT/packages/broker/dist/main.js")

# run_cli NAME ARGS...: one of the tools of packages/cli, in place of this shell.
run_cli() {
  ensure_built_once
  exec node "$OTTLA_ROOT/packages/cli/dist/main.js" "$@"
}

# Prints the class path of a ZooKeeper, looked for in ZOOKEEPER_HOME, on the PATH, in Debian's place; installs Debian's package when it may.
zookeeper_classpath() {
  command -v java >/dev/null 2>&1 || install_debian_zookeeper || no_zookeeper "Java is not on the PATH."
  local home
  if [ -n "${ZOOKEEPER_HOME:-}" ]; then
    ls "$ZOOKEEPER_HOME"/lib/zookeeper-*.jar "$ZOOKEEPER_HOME"/zookeeper-*.jar >/dev/null 2>&1 ||
      no_zookeeper "ZOOKEEPER_HOME=$ZOOKEEPER_HOME holds no zookeeper-*.jar."
    distribution_classpath "$ZOOKEEPER_HOME"
    return 0
  fi
  if home=$(zookeeper_home_on_path); then
    distribution_classpath "$home"
    return 0
  fi
  debian_classpath && return 0
  install_debian_zookeeper && debian_classpath && return 0
  no_zookeeper "None was found on this machine."
}

distribution_classpath() { printf '%s/conf:%s/lib/*:%s/*\n' "$1" "$1" "$1"; }

zookeeper_home_on_path() {
  local script home
  script=$(command -v zkServer.sh 2>/dev/null || command -v zkServer 2>/dev/null) || return 1
  while [ -L "$script" ]; do
    home=$(cd "$(dirname "$script")" && pwd)
    script=$(readlink "$script")
    case $script in /*) ;; *) script=$home/$script ;; esac
  done
  for home in "$(dirname "$script")/.." "$(dirname "$script")/../libexec"; do
    ls "$home"/lib/zookeeper-*.jar >/dev/null 2>&1 && (cd "$home" && pwd) && return 0
  done
  return 1
}

# Debian's class path lacks a logging backend unless it is named.
debian_classpath() {
  local jars=/usr/share/java
  [ -f "$jars/zookeeper.jar" ] || return 1
  printf '%s/zookeeper.jar:%s/slf4j-log4j12.jar:%s/log4j-1.2.jar\n' "$jars" "$jars" "$jars"
}

install_debian_zookeeper() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  quietly "installing ZooKeeper (Debian's package)" bash -c \
    'export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends zookeeper'
}

no_zookeeper() {
  die "$1
A real ZooKeeper (3.6 or newer, with Java 11 or newer) is needed. Two ways to get one:
  - Debian or Ubuntu:   sudo apt-get install zookeeper
  - anywhere else:      unpack apache-zookeeper-3.8.x-bin.tar.gz and set ZOOKEEPER_HOME to its folder"
}

# port_in_use PORT: whether something on this machine accepts connections there.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# wait_until SECONDS COMMAND...: tries every 50 ms; fails when the time is up.
wait_until() {
  local tries=$(($1 * 20))
  shift
  while ! "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}

alive() { kill -0 "$1" 2>/dev/null; }

# zookeeper_answers PORT: the server there serves. A probe that comes while it loads is never answered, so each try has its own limit.
zookeeper_answers() {
  node -e '
    const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1", () => socket.end("srvr"));
    let answer = "";
    socket.setTimeout(250, () => process.exit(1));
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", () => process.exit(1));
    socket.on("close", () => process.exit(/Mode:/.test(answer) ? 0 : 1));
  ' "$1"
}

# pids_of PATTERN: processes of this machine whose command line holds the text.
pids_of() { ps -axo pid=,command= | awk -v self=$$ -v text="$1" 'index($0, text) && $1 != self && !/awk -v self/ { print $1 }'; }
