#!/usr/bin/env bash
# A cluster of processes on this machine. `cluster.sh --help` says how.
. "$(dirname "$0")/lib/common.sh"
. "$OTTLA_ROOT/scripts/lib/local-cluster.sh"

usage() {
  cat <<'TEXT'
usage: scripts/cluster.sh ACTION [--dir DIR]

  start      ZooKeepers and brokers, each its own process; returns when every broker is ready
               --brokers 3            how many brokers
               --zookeepers 1         1, or 3 for an ensemble
               --port 9092            broker 1 listens here, broker 2 on the next port, and so on
               --zookeeper-port 2181  ZooKeeper 1 listens here
  status     what runs, where, and since when
  stop       everything, in an orderly way; the data stay
  kill N     kill -9 broker N
  pause N    SIGSTOP broker N             resume N   SIGCONT
  restart N  stop broker N in an orderly way if it runs, then start it

  --dir DIR  where data, logs and process ids are kept (default: .cluster in the checkout)

With three brokers or more, topics have three replicas and min.insync.replicas=2 unless they are made otherwise.
example: scripts/cluster.sh start && scripts/topics.sh --bootstrap-server localhost:9092 --list
TEXT
}

[ $# -gt 0 ] || { usage >&2; exit 1; }
action= dir=$OTTLA_ROOT/.cluster brokers=3 zookeepers=1 port=9092 zookeeper_port=2181 node=
while [ $# -gt 0 ]; do
  case $1 in
    --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    --dir) dir=$(value_of "$1" "$@"); shift 2 ;;
    --brokers) brokers=$(value_of "$1" "$@"); shift 2 ;;
    --zookeepers) zookeepers=$(value_of "$1" "$@"); shift 2 ;;
    --port) port=$(value_of "$1" "$@"); shift 2 ;;
    --zookeeper-port) zookeeper_port=$(value_of "$1" "$@"); shift 2 ;;
    --help | -h) usage; exit 0 ;;
    -*) die "unknown option $1 (see cluster.sh --help)" ;;
    *)
      if [ -z "$action" ]; then action=$1
      elif [ -z "$node" ]; then node=$1
      else die "one broker at a time: $node or $1?"; fi
      shift
      ;;
  esac
done

broker_folder() {
  [ -n "$node" ] || die "which broker? e.g. cluster.sh $action 1"
  [ -d "$dir/broker-$node" ] || die "there is no broker $node in $dir"
  printf '%s\n' "$dir/broker-$node"
}

signal() { # SIGNAL DONE
  local folder
  folder=$(broker_folder)
  running "$folder" || die "broker $node does not run"
  kill "-$1" "$(cat "$folder/pid")"
  echo "broker $node $2"
}

start() {
  case $brokers in
    *[!0-9]* | '' | 0) die "--brokers takes a number from 1, not '$brokers'" ;;
  esac
  case $zookeepers in 1 | 3) ;; *) die "--zookeepers takes 1 or 3, not '$zookeepers'" ;; esac
  ensure_built
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  local connect="" n
  for n in $(seq "$zookeepers"); do connect=$connect${connect:+,}127.0.0.1:$((zookeeper_port + n - 1)); done
  start_zookeepers "$dir" "$zookeepers" "$zookeeper_port"
  echo "ZooKeeper  ready  $connect"
  start_brokers "$dir" "$brokers" "$port" "$connect"
  for n in $(seq "$brokers"); do
    echo "broker $n   ready  localhost:$((port + n - 1))  (log: $dir/broker-$n/broker.log)"
  done
}

status() {
  local folder found=
  for folder in "$dir"/zookeeper-* "$dir"/broker-*; do
    [ -d "$folder" ] || continue
    found=yes
    if running "$folder"; then
      printf '%-13s running  pid %-8s up %s\n' "$(basename "$folder")" "$(cat "$folder/pid")" \
        "$(ps -o etime= -p "$(cat "$folder/pid")" | tr -d ' ')"
    else
      printf '%-13s stopped\n' "$(basename "$folder")"
    fi
  done
  [ -n "$found" ] || die "there is no cluster in $dir; 'cluster.sh start' makes one"
}

case $action in
  start) start ;;
  status) status ;;
  stop) [ -d "$dir" ] || die "there is no cluster in $dir"; stop_all "$dir"; echo "stopped; the data stay in $dir" ;;
  kill) signal KILL "killed" ;;
  pause) signal STOP "paused" ;;
  resume) signal CONT "resumed" ;;
  restart)
    folder=$(broker_folder)
    ensure_built_once
    stop_process "$folder" 30
    launch_broker "$folder"
    await_broker "$folder"
    echo "broker $node ready"
    ;;
  --help | -h | help) usage ;;
  *) usage >&2; die "unknown action '$action'" ;;
esac
