#!/usr/bin/env bash
# From a fresh clone to a cluster to play with: dependencies, build, a real ZooKeeper, three brokers. Ctrl-C stops it all.
#   scripts/quickstart.sh [--port 9092] [--zookeeper-port 2181] [--dir DIR] [--brokers 3] [--fresh]
. "$(dirname "$0")/lib/common.sh"
. "$OTTLA_ROOT/scripts/lib/local-cluster.sh"

port=9092 zookeeper_port=2181 dir=$OTTLA_ROOT/.quickstart brokers=3 fresh=
while [ $# -gt 0 ]; do
  case $1 in
    --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    --port) port=$(value_of "$1" "$@"); shift 2 ;;
    --zookeeper-port) zookeeper_port=$(value_of "$1" "$@"); shift 2 ;;
    --dir) dir=$(value_of "$1" "$@"); shift 2 ;;
    --brokers) brokers=$(value_of "$1" "$@"); shift 2 ;;
    --fresh) fresh=yes; shift ;;
    --help | -h)
      echo "usage: scripts/quickstart.sh [--port 9092] [--zookeeper-port 2181] [--dir .quickstart] [--brokers 3] [--fresh]"
      echo "  --fresh   forget what an earlier run stored"
      exit 0
      ;;
    *) die "unknown option $1 (see quickstart.sh --help)" ;;
  esac
done

started=$(date +%s)
ensure_built
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
if running "$dir/broker-1"; then die "a quickstart runs already in $dir (broker pid $(cat "$dir/broker-1/pid"))"; fi
case $brokers in *[!0-9]* | '' | 0) die "--brokers takes a number from 1, not '$brokers'" ;; esac
for n in $(seq "$brokers"); do
  port_in_use $((port + n - 1)) && die "port $((port + n - 1)) is in use: scripts/quickstart.sh --port 19092 takes others"
done
port_in_use "$zookeeper_port" && die "port $zookeeper_port is in use: scripts/quickstart.sh --zookeeper-port 12181 takes another"
[ -z "$fresh" ] || rm -rf "$dir"/broker-* "$dir"/zookeeper-*
rm -f "$dir"/broker-*/server.properties # the ports may be others this time

finish() {
  trap - EXIT
  trap '' INT TERM
  note ""
  note "stopping ..."
  stop_all "$dir"
  note "stopped. What was stored stays in $dir (--fresh forgets it)."
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Processes of their own group: a Ctrl-C reaches this script alone, which then stops the broker before ZooKeeper.
set -m
start_zookeepers "$dir" 1 "$zookeeper_port"
start_brokers "$dir" "$brokers" "$port" "127.0.0.1:$zookeeper_port"
set +m

servers=
for n in $(seq "$brokers"); do servers=$servers${servers:+,}localhost:$((port + n - 1)); done
replicated=
[ "$brokers" -lt 3 ] || replicated=" --replication-factor 3"

cat <<TEXT

Ottla is ready: $brokers broker(s) on $servers, ZooKeeper on localhost:$zookeeper_port ($(($(date +%s) - started)) s in all).
In another terminal:

  cd $OTTLA_ROOT
  scripts/topics.sh --bootstrap-server localhost:$port --create --topic greetings --partitions 3$replicated
  printf 'hello\nworld\n' | scripts/console-producer.sh --bootstrap-server localhost:$port --topic greetings
  scripts/console-consumer.sh --bootstrap-server localhost:$port --topic greetings --from-beginning --max-messages 2

Any Kafka client works too:

  kcat -b localhost:$port -L
  printf 'from kcat\n' | kcat -b localhost:$port -t greetings -P

And a broker may die: scripts/cluster.sh --dir $dir kill 2; then status, and restart 2.

Logs: $dir/broker-*/broker.log        Ctrl-C stops everything.
TEXT

# Brokers may be killed and restarted while it runs; it ends by itself when none has been there for a while.
missing=0
while [ "$missing" -lt 60 ]; do
  sleep 0.5
  missing=$((missing + 1))
  for folder in "$dir"/broker-*; do running "$folder" && missing=0 && break; done
done
die_with_log "no broker runs any more" "$dir/broker-1/broker.log"
