import {
  bool,
  type ConfigDefinition,
  className,
  double,
  int,
  list,
  long,
  optionalInt,
  optionalLong,
  optionalString,
  password,
  short,
  string,
} from "./config-definition";
import { topicDefinitions } from "./topic-definitions";

const LONG_MAX = 2n ** 63n - 1n;
const INT_MAX = 2 ** 31 - 1;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MEGABYTE = 1024 * 1024;

/** Kafka's own (KIP-392). */
const REPLICA_SELECTORS = [
  "org.apache.kafka.common.replica.LeaderSelector",
  "org.apache.kafka.common.replica.RackAwareReplicaSelector",
];

/** The definition of a broker key that stands in for a topic's: the same values, dynamic in the whole cluster. */
const forTopics = <T>(
  definition: ConfigDefinition<T>,
  change: Partial<ConfigDefinition<T>> = {},
): ConfigDefinition<T> => ({
  type: definition.type,
  defaultText: definition.defaultText,
  dynamic: "cluster-wide",
  doc: `${definition.doc} (for topics that do not say)`,
  parse: (text) => definition.parse(text),
  ...change,
});

/** A broker key that stands in for a topic's, but counts in another unit or is unset by default. */
const unset = (doc: string, range: { readonly min?: number } = {}): ConfigDefinition<number | null> =>
  optionalLong({ dynamic: "cluster-wide", doc, ...range });

/** An age at which a segment goes: as in Kafka anything below zero stands for never, and zero, which would leave nothing, is refused. */
const retentionAge = <T>(definition: ConfigDefinition<T>): ConfigDefinition<T> => ({
  ...definition,
  parse: (text) =>
    Number(text) === 0 ? { ok: false, expected: "-1, for never, or at least 1" } : definition.parse(text),
});

/** Keys that broker and topic share: what a topic has when nobody says anything. */
const forTopicsByDefault = {
  "compression.gzip.level": forTopics(topicDefinitions["compression.gzip.level"]),
  "compression.lz4.level": forTopics(topicDefinitions["compression.lz4.level"]),
  "compression.type": forTopics(topicDefinitions["compression.type"]),
  "compression.zstd.level": forTopics(topicDefinitions["compression.zstd.level"]),
  "log.cleaner.delete.retention.ms": forTopics(topicDefinitions["delete.retention.ms"]),
  "log.cleaner.max.compaction.lag.ms": forTopics(topicDefinitions["max.compaction.lag.ms"]),
  "log.cleaner.min.cleanable.ratio": forTopics(topicDefinitions["min.cleanable.dirty.ratio"]),
  "log.cleaner.min.compaction.lag.ms": forTopics(topicDefinitions["min.compaction.lag.ms"]),
  "log.cleanup.policy": forTopics(topicDefinitions["cleanup.policy"]),
  "log.flush.interval.messages": forTopics(topicDefinitions["flush.messages"]),
  "log.flush.interval.ms": unset("Time after which records are synced to disk; unset: log.flush.scheduler.interval.ms"),
  "log.flush.scheduler.interval.ms": long(LONG_MAX, { doc: "Time between looks for logs that are due to be synced" }),
  "log.index.interval.bytes": forTopics(topicDefinitions["index.interval.bytes"]),
  "log.index.size.max.bytes": forTopics(topicDefinitions["segment.index.bytes"]),
  "log.message.downconversion.enable": forTopics(topicDefinitions["message.downconversion.enable"]),
  "log.message.format.version": forTopics(topicDefinitions["message.format.version"], { dynamic: "read-only" }),
  "log.message.timestamp.after.max.ms": forTopics(topicDefinitions["message.timestamp.after.max.ms"]),
  "log.message.timestamp.before.max.ms": forTopics(topicDefinitions["message.timestamp.before.max.ms"]),
  "log.message.timestamp.difference.max.ms": forTopics(topicDefinitions["message.timestamp.difference.max.ms"]),
  "log.message.timestamp.type": forTopics(topicDefinitions["message.timestamp.type"]),
  "log.preallocate": forTopics(topicDefinitions.preallocate),
  "log.retention.bytes": forTopics(topicDefinitions["retention.bytes"]),
  "log.retention.hours": retentionAge(
    int(168, { doc: "Age in hours at which a segment goes, where neither minutes nor ms are set" }),
  ),
  "log.retention.minutes": retentionAge(
    optionalInt({ doc: "Age in minutes at which a segment goes, where ms is not set" }),
  ),
  "log.retention.ms": retentionAge(
    unset("Age at which a segment goes; -1 for never; unset: log.retention.minutes, then .hours"),
  ),
  "log.roll.hours": int(168, { min: 1, doc: "Age in hours at which a new segment begins, where ms is not set" }),
  "log.roll.jitter.hours": int(0, {
    min: 0,
    doc: "Random hours by which a segment may end earlier, where ms is not set",
  }),
  "log.roll.jitter.ms": unset("Random time by which a segment may end earlier", { min: 0 }),
  "log.roll.ms": unset("Age at which a new segment begins; unset: log.roll.hours", { min: 1 }),
  "log.segment.bytes": forTopics(topicDefinitions["segment.bytes"]),
  "log.segment.delete.delay.ms": forTopics(topicDefinitions["file.delete.delay.ms"]),
  "message.max.bytes": forTopics(topicDefinitions["max.message.bytes"]),
  "min.insync.replicas": forTopics(topicDefinitions["min.insync.replicas"]),
  "unclean.leader.election.enable": forTopics(topicDefinitions["unclean.leader.election.enable"]),
};

const identityAndNetwork = {
  "advertised.listeners": optionalString({
    doc: "Addresses told to clients and other brokers: NAME://host:port, comma-separated; unset: as listeners",
  }),
  "auto.create.topics.enable": bool(true, { doc: "Whether asking for a topic that is not there creates it" }),
  "background.threads": int(10, {
    min: 1,
    dynamic: "cluster-wide",
    doc: "Has no effect: one event loop does the work",
  }),
  "broker.id": int(-1, { doc: "This broker's number, unique in the cluster; -1 has one generated" }),
  "broker.id.generation.enable": bool(true, { doc: "Whether a broker without an id may be given one" }),
  "broker.rack": optionalString({ doc: "Where this broker stands; replicas are spread over racks" }),
  "connection.failed.authentication.delay.ms": int(100, {
    min: 0,
    doc: "Delay of the answer to a failed authentication",
  }),
  "connections.max.idle.ms": long(10 * MINUTE_MS, { doc: "Connections without a request for so long are closed" }),
  "connections.max.reauth.ms": long(0, { doc: "Time after which SASL clients authenticate again; 0 for never" }),
  "control.plane.listener.name": optionalString({ doc: "A listener of its own for what the controller sends" }),
  "controlled.shutdown.enable": bool(true, { doc: "Whether leaderships are moved away before a stop" }),
  "controlled.shutdown.max.retries": int(3, { doc: "How often moving leaderships away is tried" }),
  "controlled.shutdown.retry.backoff.ms": long(5000, { doc: "Wait between those tries" }),
  "delete.topic.enable": bool(true, { doc: "Whether topics may be deleted" }),
  "fetch.max.bytes": int(55 * MEGABYTE, { min: 1024, doc: "Most bytes of records in one fetch answer" }),
  "inter.broker.listener.name": optionalString({ doc: "The listener whose addresses brokers use among themselves" }),
  "inter.broker.protocol.version": string("3.9-IV0", { doc: "Has no effect: brokers speak a protocol of their own" }),
  "listener.security.protocol.map": string(
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    {
      doc: "What is spoken on each listener: NAME:PROTOCOL, comma-separated",
    },
  ),
  listeners: string("PLAINTEXT://:9092", {
    doc: "Addresses to listen on: NAME://host:port, comma-separated; no host for all interfaces",
  }),
  "max.connection.creation.rate": int(INT_MAX, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Most new connections a second",
  }),
  "max.connections": int(INT_MAX, { min: 0, dynamic: "cluster-wide", doc: "Most connections at a time" }),
  "max.connections.per.ip": int(INT_MAX, { min: 0, dynamic: "cluster-wide", doc: "Most connections from one address" }),
  "max.connections.per.ip.overrides": string("", {
    dynamic: "cluster-wide",
    check: (text) => (/^(\s*[^,\s]+:\d+\s*(,|$))*$/.test(text) ? null : "a list of address:number"),
    doc: "Other limits for some addresses: address:number, comma-separated",
  }),
  "max.incremental.fetch.session.cache.slots": int(1000, { min: 0, doc: "Most fetch sessions kept; 0 for none" }),
  "max.request.partition.size.limit": int(2000, {
    min: 1,
    doc: "Most partitions in one DescribeTopicPartitions answer",
  }),
  "num.io.threads": int(8, { min: 1, dynamic: "cluster-wide", doc: "Has no effect: one event loop does the work" }),
  "num.network.threads": int(3, {
    min: 1,
    dynamic: "cluster-wide",
    doc: "Has no effect: one event loop does the work",
  }),
  "queued.max.request.bytes": long(-1, {
    doc: "Most bytes of requests held at a time, over all connections; -1 for 128 MiB",
  }),
  "queued.max.requests": int(500, {
    min: 1,
    doc: "Has no effect: each connection is bounded by 100 unanswered requests",
  }),
  "request.timeout.ms": int(30_000, { doc: "How long a request to another broker may take" }),
  "reserved.broker.max.id": int(1000, { min: 0, doc: "Generated broker ids begin after it" }),
  "security.inter.broker.protocol": string("PLAINTEXT", { doc: "What brokers speak among themselves" }),
  "socket.listen.backlog.size": int(50, { min: 1, doc: "Connections that may wait to be accepted" }),
  "socket.receive.buffer.bytes": int(102_400, { doc: "Has no effect: the system sizes the buffers of connections" }),
  "socket.request.max.bytes": int(100 * MEGABYTE, { min: 1, doc: "Largest request" }),
  "socket.send.buffer.bytes": int(102_400, { doc: "Has no effect: the system sizes the buffers of connections" }),
};

const logs = {
  "default.replication.factor": int(1, { min: 1, doc: "Replicas of a topic whose creator does not say" }),
  "log.cleaner.backoff.ms": long(15_000, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Rest of the cleaner when nothing is to do",
  }),
  "log.cleaner.dedupe.buffer.size": long(128 * MEGABYTE, {
    dynamic: "cluster-wide",
    doc: "Memory for the cleaner's offset maps",
  }),
  "log.cleaner.enable": bool(true, { doc: "Whether compacted topics are compacted" }),
  "log.cleaner.io.buffer.load.factor": double("0.9", {
    dynamic: "cluster-wide",
    doc: "How full the cleaner's offset map may be",
  }),
  "log.cleaner.io.buffer.size": int(512 * 1024, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Memory for the cleaner's reads and writes",
  }),
  "log.cleaner.io.max.bytes.per.second": double("1.7976931348623157E308", {
    dynamic: "cluster-wide",
    doc: "Most bytes a second the cleaner reads and writes",
  }),
  "log.cleaner.threads": int(1, { min: 0, dynamic: "cluster-wide", doc: "Has no effect: one cleaner works at a time" }),
  "log.dir": string("/tmp/kafka-logs", { doc: "Where logs are kept, when log.dirs is not set" }),
  "log.dirs": optionalString({ doc: "Where logs are kept: directories, comma-separated" }),
  "log.flush.offset.checkpoint.interval.ms": int(MINUTE_MS, { min: 0, doc: "How often recovery points are written" }),
  "log.flush.start.offset.checkpoint.interval.ms": int(MINUTE_MS, {
    min: 0,
    doc: "How often log start offsets are written",
  }),
  "log.initial.task.delay.ms": long(30_000, {
    min: 0,
    doc: "Wait after the start before the first look for old segments",
  }),
  "log.retention.check.interval.ms": long(5 * MINUTE_MS, { min: 1, doc: "How often old segments are looked for" }),
  "num.partitions": int(1, { min: 1, doc: "Partitions of a topic whose creator does not say" }),
  "num.recovery.threads.per.data.dir": int(1, {
    min: 1,
    dynamic: "cluster-wide",
    doc: "Has no effect: one event loop does the work",
  }),
  "producer.id.expiration.check.interval.ms": int(10 * MINUTE_MS, {
    min: 1,
    doc: "How often idle producers are looked for",
  }),
  "producer.id.expiration.ms": int(DAY_MS, {
    min: 1,
    dynamic: "cluster-wide",
    doc: "Time after which an idle producer is forgotten",
  }),
};

const replication = {
  "auto.leader.rebalance.enable": bool(true, { doc: "Whether leaderships move back to preferred replicas" }),
  "controller.socket.timeout.ms": int(30_000, { doc: "How long a call between controller and broker may take" }),
  "delete.records.purgatory.purge.interval.requests": int(1, {
    doc: "Has no effect: waiting requests are removed as they end",
  }),
  "fetch.purgatory.purge.interval.requests": int(1000, {
    doc: "Has no effect: waiting requests are removed as they end",
  }),
  "alter.log.dirs.replication.quota.window.num": int(11, {
    min: 1,
    doc: "Has no effect: a token bucket keeps the rate",
  }),
  "alter.log.dirs.replication.quota.window.size.seconds": int(1, {
    min: 1,
    doc: "Has no effect: a token bucket keeps the rate",
  }),
  "follower.replication.throttled.rate": long(LONG_MAX, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Most bytes a second taken from leaders by throttled replicas that are not in sync (follower.replication.throttled.replicas)",
  }),
  "leader.imbalance.check.interval.seconds": long(300, { min: 1, doc: "How often leaderships are looked at" }),
  "leader.imbalance.per.broker.percentage": int(10, { doc: "Share of leaderships away from home that is put up with" }),
  "leader.replication.throttled.rate": long(LONG_MAX, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Most bytes a second sent to throttled replicas that are not in sync (leader.replication.throttled.replicas)",
  }),
  "num.replica.fetchers": int(1, {
    dynamic: "cluster-wide",
    doc: "Has no effect: one stream joins each pair of brokers",
  }),
  "producer.purgatory.purge.interval.requests": int(1000, {
    doc: "Has no effect: waiting requests are removed as they end",
  }),
  "replica.alter.log.dirs.io.max.bytes.per.second": long(LONG_MAX, {
    min: 0,
    dynamic: "cluster-wide",
    doc: "Most bytes a second copied from one log directory to another",
  }),
  "replica.fetch.backoff.ms": int(1000, { min: 0, doc: "Wait of a follower after an error" }),
  "replica.fetch.max.bytes": int(MEGABYTE, { min: 0, doc: "Most bytes of a partition sent to a follower at a time" }),
  "replica.fetch.min.bytes": int(1, { doc: "Has no effect: leaders push" }),
  "replica.fetch.response.max.bytes": int(10 * MEGABYTE, { min: 0, doc: "Most bytes sent to a follower at a time" }),
  "replica.fetch.wait.max.ms": int(500, { doc: "Has no effect: leaders push" }),
  "replica.high.watermark.checkpoint.interval.ms": long(5000, { doc: "How often high watermarks are written" }),
  "replica.lag.time.max.ms": long(30_000, { doc: "Time after which a follower that lags leaves the ISR" }),
  "replica.selector.class": className({
    check: (text) =>
      REPLICA_SELECTORS.includes(text)
        ? null
        : `one of ${REPLICA_SELECTORS.join(", ")}; other Java classes cannot be loaded`,
    doc: "Which replica a consumer is sent to: the leader, or one in its own rack",
  }),
  "replica.socket.receive.buffer.bytes": int(64 * 1024, { doc: "Receive buffer between brokers; -1 for the system's" }),
  "replica.socket.timeout.ms": int(30_000, { doc: "How long a follower waits for its leader" }),
  "replication.quota.window.num": int(11, { min: 1, doc: "Has no effect: a token bucket keeps the rate" }),
  "replication.quota.window.size.seconds": int(1, { min: 1, doc: "Has no effect: a token bucket keeps the rate" }),
};

const zookeeper = {
  "zookeeper.connect": optionalString({ doc: "Addresses of the ensemble: host:port, comma-separated, then /path" }),
  "zookeeper.connection.timeout.ms": optionalInt({
    doc: "How long to wait for ZooKeeper at the start; unset: the session timeout",
  }),
  "zookeeper.max.in.flight.requests": int(10, { min: 1, doc: "Most requests sent to ZooKeeper and not yet answered" }),
  "zookeeper.session.timeout.ms": int(18_000, {
    min: 1,
    doc: "Silence after which ZooKeeper ends this broker's session",
  }),
  "zookeeper.set.acl": bool(false, { doc: "Whether nodes in ZooKeeper are protected by ACLs" }),
  "zookeeper.ssl.client.enable": bool(false, { doc: "Whether ZooKeeper is spoken to over TLS" }),
};

const groupsAndTransactions = {
  "group.consumer.assignors": list("uniform,range", { doc: "Assignors of the newer group protocol (KIP-848)" }),
  "group.coordinator.rebalance.protocols": list("classic", { doc: "Group protocols served" }),
  "group.initial.rebalance.delay.ms": int(3000, {
    doc: "Wait for more members before an empty group's first rebalance",
  }),
  "group.max.session.timeout.ms": int(30 * MINUTE_MS, { doc: "Longest session timeout a member may ask for" }),
  "group.max.size": int(INT_MAX, { min: 1, doc: "Most members of a group" }),
  "group.min.session.timeout.ms": int(6000, { doc: "Shortest session timeout a member may ask for" }),
  "offset.metadata.max.bytes": int(4096, { doc: "Longest text that may go with a committed offset" }),
  "offsets.commit.required.acks": short(-1, { doc: "Acks an offset commit waits for" }),
  "offsets.commit.timeout.ms": int(5000, { min: 1, doc: "How long an offset commit waits for its replicas" }),
  "offsets.load.buffer.size": int(5 * MEGABYTE, { min: 1, doc: "Bytes read at a time while offsets are loaded" }),
  "offsets.retention.check.interval.ms": long(10 * MINUTE_MS, { min: 1, doc: "How often old offsets are looked for" }),
  "offsets.retention.minutes": int(7 * 24 * 60, { min: 1, doc: "Age at which an unused group's offsets go" }),
  "offsets.topic.compression.codec": int(0, { doc: "Codec of __consumer_offsets, by its number" }),
  "offsets.topic.num.partitions": int(50, { min: 1, doc: "Partitions of __consumer_offsets" }),
  "offsets.topic.replication.factor": short(3, { min: 1, doc: "Replicas of __consumer_offsets" }),
  "offsets.topic.segment.bytes": int(100 * MEGABYTE, { min: 1, doc: "Segment size of __consumer_offsets" }),
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": int(10_000, {
    min: 1,
    doc: "How often transactions out of time are looked for",
  }),
  "transaction.max.timeout.ms": int(15 * MINUTE_MS, {
    min: 1,
    doc: "Longest transaction timeout a producer may ask for",
  }),
  "transaction.partition.verification.enable": bool(true, {
    dynamic: "cluster-wide",
    doc: "Whether a transaction's first write is verified",
  }),
  "transaction.remove.expired.transaction.cleanup.interval.ms": int(HOUR_MS, {
    min: 1,
    doc: "How often unused transactional ids are looked for",
  }),
  "transaction.state.log.load.buffer.size": int(5 * MEGABYTE, {
    min: 1,
    doc: "Bytes read at a time while transactions are loaded",
  }),
  "transaction.state.log.min.isr": int(2, { min: 1, doc: "In-sync replicas that __transaction_state needs" }),
  "transaction.state.log.num.partitions": int(50, { min: 1, doc: "Partitions of __transaction_state" }),
  "transaction.state.log.replication.factor": short(3, { min: 1, doc: "Replicas of __transaction_state" }),
  "transaction.state.log.segment.bytes": int(100 * MEGABYTE, { min: 1, doc: "Segment size of __transaction_state" }),
  "transactional.id.expiration.ms": int(7 * DAY_MS, {
    min: 1,
    doc: "Time after which an unused transactional id is forgotten",
  }),
};

/** Keys known so that asking for what is not here can be answered by name; at their defaults they change nothing. */
const elsewhere = {
  "alter.config.policy.class.name": className({ doc: "A Java class that judges config changes" }),
  "authorizer.class.name": string("", { doc: "A Java class that authorises requests" }),
  "create.topic.policy.class.name": className({ doc: "A Java class that judges topic creations" }),
  "delegation.token.secret.key": password({ doc: "Secret of delegation tokens" }),
  "metric.reporters": list("", { dynamic: "cluster-wide", doc: "Has no effect: Java classes that report metrics" }),
  "password.encoder.secret": password({ doc: "Secret of passwords kept in ZooKeeper" }),
  "quota.window.num": int(11, { min: 1, doc: "Samples kept for client quotas" }),
  "quota.window.size.seconds": int(1, { min: 1, doc: "Span of such a sample" }),
  "remote.log.storage.system.enable": bool(false, { doc: "Whether tiered storage is on" }),
};

const own = {
  "ottla.controller.suspect.timeout.ms": long(2000, {
    min: 1,
    doc: "How long a broker must be silent before its leaderships move; one whose process is gone is not waited for",
  }),
  "ottla.log.format": string("text", { oneOf: ["text", "json"], doc: "How log lines look" }),
  "ottla.log.level": string("info", {
    oneOf: ["debug", "info", "warn", "error"],
    doc: "The least weighty lines that are logged",
  }),
  "ottla.log.scrub.bytes.per.second": long(10 * MEGABYTE, {
    min: 1,
    doc: "Pace at which logs are read through for damage, all together",
  }),
  "ottla.log.scrub.interval.ms": long(DAY_MS, {
    min: -1,
    doc: "Rest between two rounds of reading all logs through for damage; -1: never read through",
  }),
  "ottla.rpc.listener": optionalString({
    doc: "HOST:PORT where brokers reach each other; by default the inter-broker listener's host and its port + 10000. Port 0: any free one",
  }),
};

/** Every key a broker knows. Kafka's names, defaults and ranges; keys that are not Kafka's begin with `ottla.`. */
export const brokerDefinitions = {
  ...identityAndNetwork,
  ...logs,
  ...forTopicsByDefault,
  ...replication,
  ...zookeeper,
  ...groupsAndTransactions,
  ...elsewhere,
  ...own,
};

export type BrokerConfigName = keyof typeof brokerDefinitions;

export const isBrokerConfig = (name: string): name is BrokerConfigName => Object.hasOwn(brokerDefinitions, name);
