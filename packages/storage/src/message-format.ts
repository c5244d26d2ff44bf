import type { DiskFile } from "@ottla/runtime";

/**
 * A log file holds messages as Kafka wrote them before 0.11. They are not read, and not taken for damage either, which recovery would cut
 * off: nothing of the log has been changed.
 */
export class UnsupportedMessageFormat extends Error {
  override readonly name = "UnsupportedMessageFormat";
  constructor(
    readonly path: string,
    readonly positionBytes: number,
    readonly magic: number,
  ) {
    super(
      `${path} holds messages of format ${magic} at byte ${positionBytes}, of a Kafka before 0.11: only format 2 is supported; ` +
        "copy the topic into a new one with the broker that wrote it, or take the partition out of this directory",
    );
  }
}

/**
 * @param positionBytes where a batch or message should begin
 * @throws UnsupportedMessageFormat when a whole, undamaged message of format 0 or 1 does
 */
export function refuseOldFormat(file: DiskFile, positionBytes: number): void {
  const head = Buffer.alloc(HEAD_BYTES);
  if (file.read(head, positionBytes) < HEAD_BYTES) return;
  const magic = head.readUInt8(MAGIC_AT);
  const sizeBytes = head.readInt32BE(SIZE_AT);
  if (magic > 1 || sizeBytes < SMALLEST_BYTES || positionBytes + CRC_AT + sizeBytes > file.sizeBytes()) return;
  // All of the message from its magic on is under the checksum that precedes it.
  let crc = 0xffffffff;
  const piece = Buffer.alloc(64 * 1024);
  const end = positionBytes + CRC_AT + sizeBytes;
  for (let at = positionBytes + MAGIC_AT; at < end; ) {
    const count = file.read(piece.subarray(0, Math.min(piece.length, end - at)), at);
    if (count === 0) return;
    crc = crc32(crc, piece.subarray(0, count));
    at += count;
  }
  if ((crc ^ 0xffffffff) >>> 0 === head.readUInt32BE(CRC_AT)) {
    throw new UnsupportedMessageFormat(file.path, positionBytes, magic);
  }
}

/** A message begins with its offset, its size from the checksum on, the checksum, and its magic byte. */
const SIZE_AT = 8;
const CRC_AT = 12;
const MAGIC_AT = 16;
const HEAD_BYTES = 17;
/** Checksum, magic, attributes, and the lengths of no key and no value. */
const SMALLEST_BYTES = 14;

/** The CRC-32 of zip and Ethernet, bit by bit: a few messages are all that is ever looked at. */
function crc32(before: number, bytes: Buffer): number {
  let crc = before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc;
}
