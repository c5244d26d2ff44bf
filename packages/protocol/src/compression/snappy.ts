import type { compress as CompressBlock } from "snappyjs";
import { DecompressionFailed } from "./decompression-failed";
import { snappyBlockLength, snappyDecompressBlock } from "./snappy-block";

/**
 * Snappy in xerial's stream framing, which Java clients write and every client reads: a header of 16 bytes, then chunks, each a
 * length (int32, big-endian) and one raw snappy block of at most 32 KiB of input.
 */
export function snappyCompress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [STREAM_HEADER];
  compressBlock ??= loadEncoder();
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const block = compressBlock(bytes.subarray(start, start + CHUNK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Reads xerial's framing, and the single raw block that librdkafka writes; the header tells them apart. */
export function snappyDecompress(bytes: Buffer, maxSize: number): Buffer {
  if (!hasStreamHeader(bytes)) {
    const block = Buffer.allocUnsafe(blockLength(bytes, 0, bytes.length, maxSize));
    snappyDecompressBlock(bytes, 0, bytes.length, block, 0, block.length);
    return block;
  }
  // First pass: the sizes, which stand at the head of each block, so that the result is allocated once and within its bound.
  let total = 0;
  for (let at = STREAM_HEADER.length; at < bytes.length; ) {
    const end = chunkEnd(bytes, at);
    total += blockLength(bytes, at + 4, end, maxSize - total);
    at = end;
  }
  const out = Buffer.allocUnsafe(total);
  let outAt = 0;
  for (let at = STREAM_HEADER.length; at < bytes.length; ) {
    const end = chunkEnd(bytes, at);
    const length = snappyBlockLength(bytes, at + 4, end);
    snappyDecompressBlock(bytes, at + 4, end, out, outAt, outAt + length);
    outAt += length;
    at = end;
  }
  return out;
}

/** Null until something is compressed. */
let compressBlock: typeof CompressBlock | null = null;

function loadEncoder(): typeof CompressBlock {
  return (require("snappyjs") as typeof import("snappyjs")).compress;
}

/** "\x82SNAPPY\0", version 1, least compatible version 1. */
const STREAM_HEADER = Buffer.from("82534e41505059000000000100000001", "hex");
const STREAM_MAGIC_BYTES = 8;
const CHUNK_BYTES = 32 * 1024;

function hasStreamHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= STREAM_HEADER.length &&
    bytes.compare(STREAM_HEADER, 0, STREAM_MAGIC_BYTES, 0, STREAM_MAGIC_BYTES) === 0
  );
}

function chunkEnd(bytes: Buffer, at: number): number {
  if (bytes.length - at < 4) throw new DecompressionFailed("snappy", "malformed", "a chunk's length is cut off");
  const length = bytes.readInt32BE(at);
  if (length < 1 || length > bytes.length - at - 4)
    throw new DecompressionFailed("snappy", "malformed", `chunk of ${length} bytes, ${bytes.length - at - 4} remain`);
  return at + 4 + length;
}

function blockLength(bytes: Buffer, start: number, end: number, maxSize: number): number {
  const length = snappyBlockLength(bytes, start, end);
  if (length > maxSize)
    throw new DecompressionFailed("snappy", "too-large", `block of ${length} bytes, ${maxSize} allowed`);
  return length;
}
