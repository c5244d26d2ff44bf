import { crc32c } from "@ottla/protocol";
import type { Disk } from "@ottla/runtime";
import { type ProducerEntry, type RememberedBatch, sequenceBefore } from "./producer-entry";

const VERSION = 1;
const HEADER_BYTES = 2 + 4 + 4;
const ENTRY_BYTES = 46;
const CRC_POSITION = 2;
const CRC_FROM = 6;

/** A producer snapshot that cannot be used: an older one is, or the log itself. */
export class SnapshotCorrupt extends Error {
  override readonly name = "SnapshotCorrupt";
}

/**
 * Stores the producer state before `offset` as `<offset>.snapshot`. It reaches the page cache only: one that a power cut tears is known
 * by its checksum, and an older one serves.
 *
 * @throws DiskError
 */
export function writeProducerSnapshot(
  disk: Disk,
  directory: string,
  offset: number,
  entries: Iterable<ProducerEntry>,
): void {
  const bytes = encodeProducerSnapshot(entries);
  const file = disk.open(`${directory}/${String(offset).padStart(20, "0")}.snapshot`, "create");
  try {
    file.write([bytes], 0);
    file.truncate(bytes.length);
  } finally {
    file.close();
  }
}

/** @returns null when the file is no usable snapshot. @throws DiskError when it cannot be read */
export function readProducerSnapshot(disk: Disk, path: string): readonly ProducerEntry[] | null {
  try {
    return decodeProducerSnapshot(disk.readFile(path));
  } catch (failure) {
    if (failure instanceof SnapshotCorrupt) return null;
    throw failure;
  }
}

/**
 * A `.snapshot` file: version, CRC-32C of what follows it, count, and 46 bytes for each producer, with its last batch only.
 */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const all = [...entries];
  const bytes = Buffer.alloc(HEADER_BYTES + all.length * ENTRY_BYTES);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeInt32BE(all.length, CRC_FROM);
  let at = HEADER_BYTES;
  for (const entry of all) {
    const last = entry.batches.at(-1);
    bytes.writeBigInt64BE(entry.producerId, at);
    bytes.writeInt16BE(entry.producerEpoch, at + 8);
    bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10);
    writeOffset(bytes, last?.lastOffset ?? -1, at + 14);
    bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.firstOffset, at + 22);
    writeOffset(bytes, entry.lastTimestamp, at + 26);
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34);
    writeOffset(bytes, entry.currentTransactionFirstOffset ?? -1, at + 38);
    at += ENTRY_BYTES;
  }
  bytes.writeUInt32BE(crc32c(bytes, CRC_FROM), CRC_POSITION);
  return bytes;
}

/**
 * Reads a snapshot. The timestamp of a producer's last batch is not stored; the producer's own stands for it, as in Kafka.
 *
 * @throws SnapshotCorrupt on a wrong version, length or checksum
 */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] {
  if (bytes.length < HEADER_BYTES) throw new SnapshotCorrupt(`${bytes.length} bytes are too few for a header`);
  const version = bytes.readInt16BE(0);
  if (version !== VERSION) throw new SnapshotCorrupt(`version ${version} is not ${VERSION}`);
  const count = bytes.readInt32BE(CRC_FROM);
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) {
    throw new SnapshotCorrupt(`${bytes.length} bytes do not hold ${count} entries`);
  }
  const stored = bytes.readUInt32BE(CRC_POSITION);
  const computed = crc32c(bytes, CRC_FROM);
  if (stored !== computed) throw new SnapshotCorrupt(`checksum ${computed} is not the ${stored} it names`);

  const entries: ProducerEntry[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const timestamp = readOffset(bytes, at + 26);
    const open = readOffset(bytes, at + 38);
    entries.push({
      producerId: bytes.readBigInt64BE(at),
      producerEpoch: bytes.readInt16BE(at + 8),
      batches: lastBatch(bytes, at, timestamp),
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      currentTransactionFirstOffset: open >= 0 ? open : null,
      lastTimestamp: timestamp,
    });
  }
  return entries;
}

function lastBatch(bytes: Buffer, at: number, timestamp: number): RememberedBatch[] {
  const lastOffset = readOffset(bytes, at + 14);
  if (lastOffset < 0) return [];
  const lastSequence = bytes.readInt32BE(at + 10);
  const offsetDelta = bytes.readInt32BE(at + 22);
  return [
    {
      firstSequence: sequenceBefore(lastSequence, offsetDelta),
      lastSequence,
      firstOffset: lastOffset - offsetDelta,
      lastOffset,
      timestamp,
    },
  ];
}

function writeOffset(bytes: Buffer, value: number, at: number): void {
  bytes.writeBigInt64BE(BigInt(value), at);
}

function readOffset(bytes: Buffer, at: number): number {
  return Number(bytes.readBigInt64BE(at));
}
