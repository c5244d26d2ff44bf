import { bool, type ConfigDefinition, double, int, list, long, string } from "./config-definition";
import { checkThrottledReplicas } from "./throttled-replicas";

/** A broker's key that gives a topic its value where the topic has none of its own. */
export interface Synonym {
  readonly name: string;
  /** The topic's unit, counted in the broker key's: `log.retention.hours` times 3600000 is `retention.ms`. */
  readonly factor: number;
}

export interface TopicDefinition<T = unknown> extends ConfigDefinition<T> {
  /** The first that is set wins. */
  readonly synonyms: readonly Synonym[];
}

const LONG_MAX = 2n ** 63n - 1n;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MEGABYTE = 1024 * 1024;

/** The configs of a topic. Kafka's names, defaults and ranges. */
export const topicDefinitions = {
  "cleanup.policy": topic(
    list("delete", {
      oneOf: ["compact", "delete"],
      notEmpty: true,
      doc: "What happens to old segments: delete them, compact them to the last record of each key, or both",
    }),
    "log.cleanup.policy",
  ),
  "compression.type": topic(
    string("producer", {
      oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
      doc: "The codec batches are stored with; producer keeps each batch as it came",
    }),
    "compression.type",
  ),
  "compression.gzip.level": topic(
    int(-1, {
      min: -1,
      max: 9,
      doc: "Level used when the broker compresses with gzip; -1 is the codec's own default",
    }),
    "compression.gzip.level",
  ),
  "compression.lz4.level": topic(
    int(9, { min: 1, max: 17, doc: "Level used when the broker compresses with lz4" }),
    "compression.lz4.level",
  ),
  "compression.zstd.level": topic(
    int(3, { min: -131072, max: 22, doc: "Level used when the broker compresses with zstd" }),
    "compression.zstd.level",
  ),
  "delete.retention.ms": topic(
    long(DAY_MS, { min: 0, doc: "How long a compacted topic keeps tombstones after cleaning" }),
    "log.cleaner.delete.retention.ms",
  ),
  "file.delete.delay.ms": topic(
    long(MINUTE_MS, { min: 0, doc: "How long a deleted segment's files stay on disk under another name" }),
    "log.segment.delete.delay.ms",
  ),
  "flush.messages": topic(
    long(LONG_MAX, { min: 1, doc: "Records after which the log is synced to disk before it answers" }),
    "log.flush.interval.messages",
  ),
  "flush.ms": topic(
    long(LONG_MAX, { min: 0, doc: "Time after which records are synced to disk" }),
    "log.flush.interval.ms",
    "log.flush.scheduler.interval.ms",
  ),
  "follower.replication.throttled.replicas": topic(
    list("", {
      check: checkThrottledReplicas,
      doc: "Replicas whose replication is throttled on the follower's side: partition:broker, or *",
    }),
  ),
  "index.interval.bytes": topic(
    int(4096, { min: 0, doc: "Bytes of records between two entries of the offset index" }),
    "log.index.interval.bytes",
  ),
  "leader.replication.throttled.replicas": topic(
    list("", {
      check: checkThrottledReplicas,
      doc: "Replicas whose replication is throttled on the leader's side: partition:broker, or *",
    }),
  ),
  "max.compaction.lag.ms": topic(
    long(LONG_MAX, { min: 1, doc: "Longest time a record stays uncompacted" }),
    "log.cleaner.max.compaction.lag.ms",
  ),
  "max.message.bytes": topic(
    int(MEGABYTE + 12, { min: 0, doc: "Largest record batch, in bytes" }),
    "message.max.bytes",
  ),
  "message.downconversion.enable": topic(
    bool(false, {
      doc: "Whether old fetch versions get converted records. Always false here: conversion is not served",
    }),
    "log.message.downconversion.enable",
  ),
  "message.format.version": topic(
    string("3.0-IV1", { doc: "Has had no effect since Kafka 3.0; kept for tools that set it" }),
    "log.message.format.version",
  ),
  "message.timestamp.after.max.ms": topic(
    long(LONG_MAX, { min: 0, doc: "How far in the future a record's timestamp may lie" }),
    "log.message.timestamp.after.max.ms",
  ),
  "message.timestamp.before.max.ms": topic(
    long(LONG_MAX, { min: 0, doc: "How far in the past a record's timestamp may lie" }),
    "log.message.timestamp.before.max.ms",
  ),
  "message.timestamp.difference.max.ms": topic(
    long(LONG_MAX, { min: 0, doc: "Deprecated: sets both bounds above where they are unset" }),
    "log.message.timestamp.difference.max.ms",
  ),
  "message.timestamp.type": topic(
    string("CreateTime", {
      oneOf: ["CreateTime", "LogAppendTime"],
      doc: "Whose clock a record's timestamp is from: the producer's, or the broker's when it appends",
    }),
    "log.message.timestamp.type",
  ),
  "min.cleanable.dirty.ratio": topic(
    double("0.5", { min: 0, max: 1, doc: "Share of uncompacted bytes from which a log is compacted" }),
    "log.cleaner.min.cleanable.ratio",
  ),
  "min.compaction.lag.ms": topic(
    long(0, { min: 0, doc: "Shortest time a record stays uncompacted" }),
    "log.cleaner.min.compaction.lag.ms",
  ),
  "min.insync.replicas": topic(
    int(1, { min: 1, doc: "In-sync replicas without which acks=all is refused" }),
    "min.insync.replicas",
  ),
  preallocate: topic(bool(false, { doc: "Whether segment files take their full size at once" }), "log.preallocate"),
  "retention.bytes": topic(
    long(-1, { min: -1, doc: "Bytes a partition may hold before its oldest segments go; -1 for no limit" }),
    "log.retention.bytes",
  ),
  "retention.ms": topic(
    long(7 * DAY_MS, { min: -1, doc: "Age at which a segment goes; -1 for never" }),
    "log.retention.ms",
    { name: "log.retention.minutes", factor: MINUTE_MS },
    { name: "log.retention.hours", factor: HOUR_MS },
  ),
  "segment.bytes": topic(
    int(1024 * MEGABYTE, { min: 14, doc: "Size at which a new segment begins" }),
    "log.segment.bytes",
  ),
  "segment.index.bytes": topic(
    int(10 * MEGABYTE, { min: 4, doc: "Size at which an index is full, and a new segment begins" }),
    "log.index.size.max.bytes",
  ),
  "segment.jitter.ms": topic(
    long(0, { min: 0, doc: "Random time by which a segment may end earlier, so that not all do at once" }),
    "log.roll.jitter.ms",
    { name: "log.roll.jitter.hours", factor: HOUR_MS },
  ),
  "segment.ms": topic(long(7 * DAY_MS, { min: 1, doc: "Age at which a new segment begins" }), "log.roll.ms", {
    name: "log.roll.hours",
    factor: HOUR_MS,
  }),
  "unclean.leader.election.enable": topic(
    bool(false, { doc: "Whether a replica outside the ISR may lead when none inside it lives: records may be lost" }),
    "unclean.leader.election.enable",
  ),
};

export type TopicConfigName = keyof typeof topicDefinitions;

export const isTopicConfig = (name: string): name is TopicConfigName => Object.hasOwn(topicDefinitions, name);

function topic<T>(definition: ConfigDefinition<T>, ...synonyms: readonly (string | Synonym)[]): TopicDefinition<T> {
  return {
    ...definition,
    synonyms: synonyms.map((synonym) => (typeof synonym === "string" ? { name: synonym, factor: 1 } : synonym)),
  };
}
