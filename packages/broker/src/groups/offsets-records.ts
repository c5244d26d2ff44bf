import {
  type DecodedRecord,
  decodeVersioned,
  encodeVersioned,
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
  peekVersion,
  type RecordToAppend,
} from "@ottla/protocol";
import type { CommittedOffset, TopicPartition } from "./machine/committed-offsets";
import type { GroupRecord } from "./machine/group-record";

/**
 * What a record of `__consumer_offsets` says; `committed` and `record` are null for a tombstone. The schemas, and the versions written, are
 * Kafka 3.9's, so that its tools and brokers read ours and we read theirs.
 */
export type OffsetsRecord =
  | {
      readonly kind: "offset";
      readonly group: string;
      readonly at: TopicPartition;
      readonly committed: CommittedOffset | null;
    }
  | { readonly kind: "group"; readonly group: string; readonly record: GroupRecord | null }
  /** Written by something newer than we are. */
  | { readonly kind: "unknown"; readonly keyVersion: number };

/** @throws MalformedMessage */
export function decodeOffsetsRecord({ key, value }: Pick<DecodedRecord, "key" | "value">): OffsetsRecord {
  const bytes = key ?? NO_KEY;
  const keyVersion = peekVersion(bytes);
  if (keyVersion === GROUP_KEY_VERSION) {
    const { group } = decodeVersioned(groupMetadataKey, bytes, { newer: "refuse" }).value;
    return { kind: "group", group, record: value === null ? null : decodeGroup(value) };
  }
  if (!offsetCommitKey.supports(keyVersion)) return { kind: "unknown", keyVersion };
  const { group, topic, partition } = decodeVersioned(offsetCommitKey, bytes, { newer: "refuse" }).value;
  return { kind: "offset", group, at: { topic, partition }, committed: value === null ? null : decodeCommit(value) };
}

export function offsetRecord(
  group: string,
  { topic, partition }: TopicPartition,
  committed: CommittedOffset | null,
  timestampMs: number,
): RecordToAppend {
  return {
    timestamp: timestampMs,
    key: encodeVersioned(offsetCommitKey, OFFSET_KEY_VERSION, { group, topic, partition }),
    value: committed === null ? null : encodeCommit(committed),
  };
}

export function groupRecord(group: string, record: GroupRecord | null, timestampMs: number): RecordToAppend {
  return {
    timestamp: timestampMs,
    key: encodeVersioned(groupMetadataKey, GROUP_KEY_VERSION, { group }),
    value: record === null ? null : encodeGroup(record),
  };
}

const NO_KEY = Buffer.alloc(0);
const OFFSET_KEY_VERSION = 1;
const GROUP_KEY_VERSION = 2;
const VALUE_VERSION = 3;
/** The only version that has an expiry of its own; it lacks the leader epoch. */
const EXPIRING_VALUE_VERSION = 1;

function encodeCommit({
  offset,
  leaderEpoch,
  metadata,
  commitTimestampMs,
  expireTimestampMs,
}: CommittedOffset): Buffer {
  const value = { offset: BigInt(offset), leaderEpoch, metadata, commitTimestamp: BigInt(commitTimestampMs) };
  if (expireTimestampMs === null) return encodeVersioned(offsetCommitValue, VALUE_VERSION, value);
  const expireTimestamp = BigInt(expireTimestampMs);
  return encodeVersioned(offsetCommitValue, EXPIRING_VALUE_VERSION, { ...value, expireTimestamp });
}

function decodeCommit(bytes: Buffer): CommittedOffset {
  const { value } = decodeVersioned(offsetCommitValue, bytes, { newer: "refuse" });
  return {
    offset: Number(value.offset),
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: Number(value.commitTimestamp),
    expireTimestampMs: value.expireTimestamp === -1n ? null : Number(value.expireTimestamp),
  };
}

function encodeGroup(record: GroupRecord): Buffer {
  return encodeVersioned(groupMetadataValue, VALUE_VERSION, {
    protocolType: record.protocolType ?? "",
    generation: record.generation,
    protocol: record.protocolName,
    leader: record.leaderId,
    currentStateTimestamp: BigInt(record.stateSinceMs ?? -1),
    members: record.members.map(({ rebalanceTimeoutMs, sessionTimeoutMs, ...member }) => ({
      ...member,
      rebalanceTimeout: rebalanceTimeoutMs,
      sessionTimeout: sessionTimeoutMs,
    })),
  });
}

function decodeGroup(bytes: Buffer): GroupRecord {
  const { value } = decodeVersioned(groupMetadataValue, bytes, { newer: "refuse" });
  return {
    protocolType: value.protocolType === "" ? null : value.protocolType,
    generation: value.generation,
    protocolName: value.protocol,
    leaderId: value.leader,
    stateSinceMs: value.currentStateTimestamp === -1n ? null : Number(value.currentStateTimestamp),
    members: value.members.map(({ rebalanceTimeout, sessionTimeout, subscription, assignment, ...member }) => ({
      ...member,
      // Version 0 knew one timeout only.
      rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
      sessionTimeoutMs: sessionTimeout,
      // They outlive the batch they were read from.
      subscription: Buffer.from(subscription),
      assignment: Buffer.from(assignment),
    })),
  };
}
