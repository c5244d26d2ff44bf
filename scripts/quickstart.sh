#!/usr/bin/env bash
# From a fresh clone to a broker to play with: dependencies, build, a real ZooKeeper, one broker. Ctrl-C stops it all.
#   scripts/quickstart.sh [--port 9092] [--zookeeper-port 2181] [--dir DIR] [--fresh]
. "$(dirname "$0")/lib/common.sh"
. "$OTTLA_ROOT/scripts/lib/local-cluster.sh"

port=9092 zookeeper_port=2181 dir=$OTTLA_ROOT/.quickstart fresh=
while [ $# -gt 0 ]; do
  case $1 in
    --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    --port) port=$(value_of "$1" "$@"); shift 2 ;;
    --zookeeper-port) zookeeper_port=$(value_of "$1" "$@"); shift 2 ;;
    --dir) dir=$(value_of "$1" "$@"); shift 2 ;;
    --fresh) fresh=yes; shift ;;
    --help | -h)
      echo "usage: scripts/quickstart.sh [--port 9092] [--zookeeper-port 2181] [--dir .quickstart] [--fresh]"
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
port_in_use "$port" && die "port $port is in use: scripts/quickstart.sh --port 19092 takes another"
port_in_use "$zookeeper_port" && die "port $zookeeper_port is in use: scripts/quickstart.sh --zookeeper-port 12181 takes another"
[ -z "$fresh" ] || rm -rf "$dir/broker-1" "$dir/zookeeper-1"
rm -f "$dir/broker-1/server.properties" # the ports may be others this time

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
start_broker "$dir" 1 "$port" "127.0.0.1:$zookeeper_port"
set +m

cat <<TEXT

Ottla is ready: broker on localhost:$port, ZooKeeper on localhost:$zookeeper_port ($(($(date +%s) - started)) s in all). In another terminal:

  cd $OTTLA_ROOT
  scripts/topics.sh --bootstrap-server localhost:$port --create --topic greetings --partitions 3
  printf 'hello\nworld\n' | scripts/console-producer.sh --bootstrap-server localhost:$port --topic greetings
  scripts/console-consumer.sh --bootstrap-server localhost:$port --topic greetings --from-beginning --max-messages 2

Any Kafka client works too:

  kcat -b localhost:$port -L
  printf 'from kcat\n' | kcat -b localhost:$port -t greetings -P

Broker log: $dir/broker-1/broker.log        Ctrl-C stops everything.
TEXT

broker=$(cat "$dir/broker-1/pid")
while alive "$broker"; do sleep 0.5; done
die_with_log "the broker ended by itself" "$dir/broker-1/broker.log"
