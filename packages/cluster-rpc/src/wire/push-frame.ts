import type { Push, PushMessage } from "../messages/replication";
import type { Frame } from "./codec";

/**
 * A push as the bytes that protobuf's rules give a `LeaderMessage`, written without the copy of the records that a general encoder makes: they go
 * from where they lie straight to where they leave from. A spec holds it to what protobufjs writes.
 *
 * The records must not change after this call: they are read when the frame is copied, which may be later.
 */
export function pushFrame(message: PushMessage): Frame {
  const sizes: number[] = [];
  let bodyBytes = 0;
  for (const push of message.partitions) {
    const bytes = pushBytes(push);
    sizes.push(bytes);
    bodyBytes += 1 + varintBytes(bytes) + bytes;
  }
  const byteLength = 1 + varintBytes(bodyBytes) + bodyBytes;
  return {
    byteLength,
    copy(target, at) {
      let next = writeVarint(target, writeTag(target, at, LEADER_MESSAGE_PUSH, DELIMITED), bodyBytes);
      message.partitions.forEach((push, index) => {
        next = writeVarint(target, writeTag(target, next, PUSHES_PARTITIONS, DELIMITED), sizes[index] ?? 0);
        next = writePush(target, next, push);
      });
      return next - at;
    },
  };
}

/** Field numbers of replication.proto. */
const LEADER_MESSAGE_PUSH = 3;
const PUSHES_PARTITIONS = 1;
const [ATTACH_ID, LEADER_EPOCH, FROM, HIGH_WATERMARK, LOG_START_OFFSET, RECORDS, CREDITED] = [
  1, 2, 3, 4, 5, 6, 7,
] as const;
/** Wire types of protobuf. */
const VARINT = 0;
const DELIMITED = 2;

function pushBytes(push: Push): number {
  const records = recordsBytes(push);
  return (
    fieldBytes(push.attachId) +
    fieldBytes(push.leaderEpoch) +
    fieldBytes(push.from) +
    fieldBytes(push.highWatermark) +
    fieldBytes(push.logStartOffset) +
    (records === 0 ? 0 : 1 + varintBytes(records) + records) +
    fieldBytes(Number(push.credited))
  );
}

function writePush(target: Buffer, at: number, push: Push): number {
  let next = writeField(target, at, ATTACH_ID, push.attachId);
  next = writeField(target, next, LEADER_EPOCH, push.leaderEpoch);
  next = writeField(target, next, FROM, push.from);
  next = writeField(target, next, HIGH_WATERMARK, push.highWatermark);
  next = writeField(target, next, LOG_START_OFFSET, push.logStartOffset);
  next = writeRecords(target, next, push);
  return writeField(target, next, CREDITED, Number(push.credited));
}

function writeRecords(target: Buffer, at: number, push: Push): number {
  const records = recordsBytes(push);
  if (records === 0) return at;
  let next = writeVarint(target, writeTag(target, at, RECORDS, DELIMITED), records);
  if (push.records instanceof Uint8Array) return putChunk(target, next, push.records);
  for (const chunk of push.records) next = putChunk(target, next, chunk);
  return next;
}

function putChunk(target: Buffer, at: number, chunk: Uint8Array): number {
  target.set(chunk, at);
  return at + chunk.byteLength;
}

function recordsBytes({ records }: Push): number {
  if (records instanceof Uint8Array) return records.byteLength;
  let bytes = 0;
  for (const chunk of records) bytes += chunk.byteLength;
  return bytes;
}

/** A number field; zero is the default and not written. */
function fieldBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function writeField(target: Buffer, at: number, field: number, value: number): number {
  return value === 0 ? at : writeVarint(target, writeTag(target, at, field, VARINT), value);
}

function writeTag(target: Buffer, at: number, field: number, wireType: number): number {
  target[at] = (field << 3) | wireType;
  return at + 1;
}

/** Negative numbers take ten bytes: they are written as the 64-bit number with the same low bits. */
function varintBytes(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function writeVarint(target: Buffer, at: number, value: number): number {
  if (value < 0) return writeNegative(target, at, value);
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    target[next++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[next++] = rest;
  return next;
}

function writeNegative(target: Buffer, at: number, value: number): number {
  let rest = BigInt.asUintN(64, BigInt(value));
  let next = at;
  while (rest >= 0x80n) {
    target[next++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  target[next++] = Number(rest);
  return next;
}
