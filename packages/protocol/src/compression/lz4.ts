import { DecompressionFailed } from "./decompression-failed";
import { lz4DecompressBlock } from "./lz4-block";
import { xxh32 } from "./xxh32";

/**
 * One LZ4 frame as Java's client writes it, because Java's reader is the strictest: independent blocks of 64 KiB, no checksums, no
 * content size. A block that compression would not shrink is stored as it is.
 *
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function lz4Compress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [FRAME_HEADER];
  if (compressBlock === undefined) compressBlock = loadEncoder();
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const raw = bytes.subarray(start, start + BLOCK_BYTES);
    const compressed = compressBlock?.(raw);
    if (compressed !== undefined && compressed.length - 4 < raw.length) {
      // The encoder puts the uncompressed length before the block; the frame wants the compressed length there.
      compressed.writeUInt32LE(compressed.length - 4);
      parts.push(compressed);
    } else {
      const size = Buffer.allocUnsafe(4);
      size.writeUInt32LE((raw.length | STORED) >>> 0);
      parts.push(size, raw);
    }
  }
  parts.push(END_MARK);
  return Buffer.concat(parts);
}

/**
 * All LZ4 frames of the input, skippable frames passed over. Checksums of header, blocks and content are verified where they are
 * present. Blocks that depend on earlier ones are refused: Java's clients could not read them either.
 */
export function lz4Decompress(bytes: Buffer, maxSize: number): Buffer {
  const out: Buffer[] = [];
  let total = 0;
  let at = 0;
  while (at < bytes.length) {
    const magic = uint32At(bytes, at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + uint32At(bytes, at + 4);
      if (at > bytes.length) throw malformed("a skippable frame is cut off");
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed(`no frame begins at ${at}`);
    const frame = readFrame(bytes, at + 4, maxSize - total);
    out.push(...frame.blocks);
    total += frame.size;
    at = frame.end;
  }
  return out.length === 1 ? out[0]! : Buffer.concat(out, total);
}

interface Frame {
  readonly blocks: readonly Buffer[];
  readonly size: number;
  readonly end: number;
}

function readFrame(bytes: Buffer, descriptorAt: number, maxSize: number): Frame {
  if (bytes.length - descriptorAt < 3) throw malformed("the frame's descriptor is cut off");
  const flags = bytes[descriptorAt]!;
  if (flags >>> 6 !== 1) throw malformed(`frame version ${flags >>> 6}`);
  if ((flags & FLAG_INDEPENDENT) === 0) throw malformed("blocks depend on each other");
  if ((flags & FLAG_DICTIONARY) !== 0) throw malformed("a dictionary is needed");
  const blockBytesMax = BLOCK_BYTES_OF_CODE[(bytes[descriptorAt + 1]! >>> 4) & 7];
  if (blockBytesMax === undefined) throw malformed("unknown block size");
  let at = descriptorAt + 2 + ((flags & FLAG_CONTENT_SIZE) !== 0 ? 8 : 0);
  if (at >= bytes.length) throw malformed("the frame's descriptor is cut off");
  if (bytes[at] !== ((xxh32(bytes, descriptorAt, at) >>> 8) & 0xff))
    throw malformed("wrong checksum of the frame's descriptor");
  at++;

  const blocks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const word = uint32At(bytes, at);
    at += 4;
    if (word === 0) break;
    const length = word & ~STORED;
    if (length > bytes.length - at || length > blockBytesMax) throw malformed(`block of ${length} bytes`);
    const allowed = Math.min(blockBytesMax, maxSize - size);
    const block =
      (word & STORED) !== 0
        ? storedBlock(bytes, at, length, allowed)
        : lz4DecompressBlock(bytes, at, at + length, allowed, allowed === blockBytesMax);
    at += length;
    if ((flags & FLAG_BLOCK_CHECKSUM) !== 0) {
      if (uint32At(bytes, at) !== xxh32(bytes, at - length, at)) throw malformed("wrong checksum of a block");
      at += 4;
    }
    blocks.push(block);
    size += block.length;
  }
  if ((flags & FLAG_CONTENT_SIZE) !== 0 && bytes.readBigUInt64LE(descriptorAt + 2) !== BigInt(size))
    throw malformed(`${bytes.readBigUInt64LE(descriptorAt + 2)} bytes declared, ${size} found`);
  if ((flags & FLAG_CONTENT_CHECKSUM) !== 0) {
    if (uint32At(bytes, at) !== xxh32(Buffer.concat(blocks, size), 0, size))
      throw malformed("wrong checksum of the content");
    at += 4;
  }
  return { blocks, size, end: at };
}

function storedBlock(bytes: Buffer, at: number, length: number, allowed: number): Buffer {
  if (length > allowed) throw new DecompressionFailed("lz4", "too-large", `stored block of ${length} bytes`);
  return bytes.subarray(at, at + length);
}

function uint32At(bytes: Buffer, at: number): number {
  if (bytes.length - at < 4) throw malformed("cut off");
  return bytes.readUInt32LE(at);
}

function malformed(detail: string): DecompressionFailed {
  return new DecompressionFailed("lz4", "malformed", detail);
}

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Magic, FLG 60 (version 1, independent blocks), BD 40 (64 KiB), and the descriptor's checksum. */
const FRAME_HEADER = Buffer.from("04224d18604082", "hex");
const END_MARK = Buffer.alloc(4);
const BLOCK_BYTES = 64 * 1024;
const BLOCK_BYTES_OF_CODE = [
  undefined,
  undefined,
  undefined,
  undefined,
  64 * 1024,
  256 * 1024,
  1024 * 1024,
  4 * 1024 * 1024,
] as const;
const STORED = 0x80000000 | 0;
const FLAG_INDEPENDENT = 0x20;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;

/** Compresses one block and puts its uncompressed length (uint32, little-endian) before it. */
type CompressBlock = (bytes: Buffer) => Buffer;

/** Undefined until something is compressed; null where there is no encoder. */
let compressBlock: CompressBlock | null | undefined;

function loadEncoder(): CompressBlock | null {
  try {
    return (require("lz4-napi") as { compressSync: CompressBlock }).compressSync;
  } catch {
    // No prebuilt binary for this platform: frames of stored blocks are larger, and valid.
    return null;
  }
}
