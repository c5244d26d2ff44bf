import { DecompressionFailed } from "./decompression-failed";

/** Where one zstd frame lies, and what its headers say of the size of its content. */
export interface ZstdFrame {
  readonly start: number;
  /** The byte after the frame. */
  readonly end: number;
  /** The content has at least this many bytes. */
  readonly sizeMin: number;
  /** The content has at most this many bytes. */
  readonly sizeMax: number;
}

/**
 * Walks the data frames of a zstd stream by their headers and block headers, decoding nothing.
 *
 * @throws DecompressionFailed when the headers do not add up to the input's length
 * @see RFC 8878, section 3.1
 */
export function* zstdFrames(bytes: Buffer): Generator<ZstdFrame, void> {
  let at = 0;
  while (at < bytes.length) {
    need(bytes, at, 4);
    const magic = bytes.readUInt32LE(at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      need(bytes, at, 8);
      const length = bytes.readUInt32LE(at + 4);
      need(bytes, at + 8, length);
      at += 8 + length;
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed(`no frame begins at ${at}`);
    const frame = frameAt(bytes, at);
    yield frame;
    at = frame.end;
  }
}

function frameAt(bytes: Buffer, start: number): ZstdFrame {
  let at = start + 4;
  need(bytes, at, 1);
  const descriptor = bytes[at++]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  if ((descriptor & 0x08) !== 0) throw malformed("a reserved bit is set");
  if ((descriptor & 0x03) !== 0) throw malformed("a dictionary is needed");

  let windowSize = Number.POSITIVE_INFINITY;
  if (!singleSegment) {
    need(bytes, at, 1);
    const byte = bytes[at++]!;
    const base = 2 ** (10 + (byte >>> 3));
    windowSize = base + (base / 8) * (byte & 7);
    if (windowSize > WINDOW_BYTES_MAX) throw malformed(`window of ${windowSize} bytes`);
  }
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  need(bytes, at, contentSizeBytes);
  const contentSize = contentSizeAt(bytes, at, contentSizeBytes);
  at += contentSizeBytes;

  const blockBytesMax = Math.min(BLOCK_BYTES_MAX, contentSize !== null && singleSegment ? contentSize : windowSize);
  let sizeMin = 0;
  let sizeMax = 0;
  for (let last = false; !last; ) {
    need(bytes, at, 3);
    const header = bytes.readUIntLE(at, 3);
    at += 3;
    last = (header & 1) === 1;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type === 3) throw malformed("a reserved block type");
    if (size > blockBytesMax) throw malformed(`block of ${size} bytes`);
    const stored = type === RUN_LENGTH ? 1 : size;
    need(bytes, at, stored);
    at += stored;
    if (type !== COMPRESSED) sizeMin += size;
    sizeMax += type === COMPRESSED ? blockBytesMax : size;
  }
  if ((descriptor & 0x04) !== 0) {
    need(bytes, at, 4);
    at += 4;
  }
  if (contentSize === null) return { start, end: at, sizeMin, sizeMax };
  if (contentSize < sizeMin || contentSize > sizeMax) throw malformed(`the blocks cannot hold ${contentSize} bytes`);
  return { start, end: at, sizeMin: contentSize, sizeMax: contentSize };
}

function contentSizeAt(bytes: Buffer, at: number, length: number): number | null {
  switch (length) {
    case 0:
      return null;
    case 1:
      return bytes[at]!;
    case 2:
      return bytes.readUInt16LE(at) + 256;
    case 4:
      return bytes.readUInt32LE(at);
    default:
      return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  }
}

function need(bytes: Buffer, at: number, length: number): void {
  if (length > bytes.length - at) throw malformed("cut off");
}

function malformed(detail: string): DecompressionFailed {
  return new DecompressionFailed("zstd", "malformed", detail);
}

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_BYTES_MAX = 128 * 1024;
const RUN_LENGTH = 1;
const COMPRESSED = 2;
/** The decoders' own default bound (2^27), so that a header alone cannot ask for gigabytes. */
const WINDOW_BYTES_MAX = 2 ** 27;
