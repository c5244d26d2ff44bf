import type { CompressionCodec } from "./codec";
import { gunzip, gzip } from "./gzip";
import { lz4Compress, lz4Decompress } from "./lz4";
import { snappyCompress, snappyDecompress } from "./snappy";
import { zstdCompress, zstdDecompress, zstdReady } from "./zstd";

/** Levels by codec, as `compression.gzip.level` and `compression.zstd.level` give them; what is absent takes Kafka's default. */
export interface CompressionLevels {
  /** -1 (zlib's default, 6) or 1-9. */
  readonly gzip?: number;
  /** Accepted for Kafka's sake and without effect: the encoder has one speed. */
  readonly lz4?: number;
  /** -131072 to 22; Kafka's default is 3. */
  readonly zstd?: number;
}

export interface DecompressLimits {
  /** Bound in bytes on the result. What would exceed it fails before it is allocated. */
  readonly maxSize: number;
}

/**
 * Loads what must be loaded asynchronously (the zstd module, where Node has no zstd of its own). Await it once when a process starts;
 * later calls resolve at once.
 */
export function compressionReady(): Promise<void> {
  return zstdReady();
}

/**
 * Compresses the records of a batch in the framing that every Kafka client reads.
 *
 * @param level the codec's own level; ignored by none, snappy and lz4
 * @returns new bytes, or `bytes` itself for "none"
 * @throws Error when zstd is used before {@link compressionReady} resolved
 */
export function compress(codec: CompressionCodec, bytes: Buffer, level?: number): Buffer {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gzip(bytes, level);
    case "snappy":
      return snappyCompress(bytes);
    case "lz4":
      return lz4Compress(bytes);
    case "zstd":
      return zstdCompress(bytes, level);
  }
}

/**
 * Decompresses the records of a batch, whoever wrote them: gzip of several members, snappy raw or in xerial framing, lz4 and zstd
 * of several frames.
 *
 * @returns new bytes, or `bytes` itself for "none"
 * @throws DecompressionFailed for bytes the codec did not write, and for results above `maxSize`
 */
export function decompress(codec: CompressionCodec, bytes: Buffer, limits: DecompressLimits): Buffer {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gunzip(bytes, limits.maxSize);
    case "snappy":
      return snappyDecompress(bytes, limits.maxSize);
    case "lz4":
      return lz4Decompress(bytes, limits.maxSize);
    case "zstd":
      return zstdDecompress(bytes, limits.maxSize);
  }
}
