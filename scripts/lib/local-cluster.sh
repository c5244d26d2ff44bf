# A cluster of processes on this machine, kept in one folder: what cluster.sh and quickstart.sh share. Sourced after common.sh.
#
#   DIR/zookeeper-1/  zoo.cfg  data/  zookeeper.log  pid
#   DIR/broker-1/     server.properties  data/  broker.log  pid

start_zookeepers() { # DIR COUNT PORT
  local dir=$1 count=$2 port=$3 n folder classpath
  classpath=$(zookeeper_classpath)
  for n in $(seq "$count"); do
    running "$dir/zookeeper-$n" && continue
    port_in_use $((port + n - 1)) && die "port $((port + n - 1)) for ZooKeeper $n is in use; choose another with --zookeeper-port"
    folder=$dir/zookeeper-$n
    mkdir -p "$folder/data"
    zookeeper_config "$folder" "$n" "$count" "$port" >"$folder/zoo.cfg"
    echo "$n" >"$folder/data/myid"
    (cd "$folder" && exec nohup java -Xms64m -Xmx256m -XX:+UseSerialGC -Dottla.zookeeper="$folder/zoo.cfg" \
      -Dzookeeper.jmx.log4j.disable=true -Dzookeeper.admin.enableServer=false \
      -Dlog4j.configuration=file:"$OTTLA_ROOT/deploy/config/zookeeper-log4j.properties" \
      -cp "$classpath" org.apache.zookeeper.server.quorum.QuorumPeerMain "$folder/zoo.cfg" \
      >>"$folder/zookeeper.log" 2>&1 </dev/null) &
    remember "$folder" $!
  done
  for n in $(seq "$count"); do
    wait_until 30 zookeeper_settled "$dir/zookeeper-$n" $((port + n - 1)) && running "$dir/zookeeper-$n" ||
      die_with_log "ZooKeeper $n did not come up" "$dir/zookeeper-$n/zookeeper.log"
  done
}

zookeeper_config() { # FOLDER N COUNT PORT
  cat <<CFG
tickTime=500
initLimit=20
syncLimit=10
dataDir=$1/data
clientPort=$(($4 + $2 - 1))
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=ruok,srvr,stat,mntr,cons,wchs
maxClientCnxns=0
minSessionTimeout=1000
maxSessionTimeout=60000
CFG
  [ "$3" -gt 1 ] || return 0
  local n
  for n in $(seq "$3"); do echo "server.$n=127.0.0.1:$(($4 + 700 + n)):$(($4 + 800 + n))"; done
}

# Settled: it serves, or it is dead and never will.
zookeeper_settled() { ! running "$1" || zookeeper_answers "$2"; }

# Brokers start side by side; it returns when every one is ready.
start_brokers() { # DIR COUNT PORT ZOOKEEPER_CONNECT
  local dir=$1 count=$2 port=$3 n folder
  for n in $(seq "$count"); do
    folder=$dir/broker-$n
    running "$folder" && continue
    for used in $((port + n - 1)) $((port + n - 1 + 10000)); do
      port_in_use "$used" && die "port $used for broker $n is in use; choose others with --port (broker N takes that port + N - 1, and 10000 above it to speak to the others)"
    done
    mkdir -p "$folder/data"
    [ -f "$folder/server.properties" ] || broker_config "$folder" "$n" "$count" $((port + n - 1)) "$4" >"$folder/server.properties"
    launch_broker "$folder"
  done
  for n in $(seq "$count"); do await_broker "$dir/broker-$n"; done
}

# With three brokers a record is on three of them, and acknowledged when it is on two.
broker_config() { # FOLDER N COUNT PORT ZOOKEEPER_CONNECT
  local replicas=$(($3 < 3 ? $3 : 3))
  cat <<CFG
broker.id=$2
listeners=PLAINTEXT://127.0.0.1:$4
advertised.listeners=PLAINTEXT://localhost:$4
log.dirs=$1/data
zookeeper.connect=$5
default.replication.factor=$replicas
min.insync.replicas=$(($replicas > 1 ? $replicas - 1 : 1))
offsets.topic.replication.factor=$replicas
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$(($replicas > 1 ? $replicas - 1 : 1))
group.initial.rebalance.delay.ms=0
CFG
}

launch_broker() { # FOLDER
  : >"$1/broker.log"
  (cd "$1" && exec nohup "${BROKER_COMMAND[@]}" "$1/server.properties" >>"$1/broker.log" 2>&1 </dev/null) &
  remember "$1" $!
}

await_broker() { # FOLDER
  wait_until 60 broker_settled "$1" && running "$1" || die_with_log "$(basename "$1") did not get ready" "$1/broker.log"
}

broker_settled() { ! running "$1" || grep -q 'INFO  ready brokerId=' "$1/broker.log"; }

# A pid alone may have been given to another process since: its command line must name the folder too.
remember() { echo "$2" >"$1/pid"; }
running() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) && alive "$pid" && ps -o command= -p "$pid" | grep -qF -e "$1/" -e "$0"
}

stop_process() { # FOLDER SECONDS
  running "$1" || { rm -f "$1/pid"; return 0; }
  local pid
  pid=$(cat "$1/pid")
  kill -CONT "$pid" 2>/dev/null || true
  kill "$pid"
  wait_until "$2" eval "! alive $pid" || { note "$(basename "$1") (pid $pid) did not stop within $2 s: kill -9"; kill -9 "$pid"; }
  rm -f "$1/pid"
}

stop_all() { # DIR: brokers first, so that they can say goodbye
  local folder
  for folder in "$1"/broker-*; do [ -d "$folder" ] && stop_process "$folder" 30; done
  for folder in "$1"/zookeeper-*; do [ -d "$folder" ] && stop_process "$folder" 10; done
  return 0
}

die_with_log() { # MESSAGE LOG
  printf '\n' >&2
  tail -n 20 "$2" >&2 || true
  die "$1; its log: $2"
}
