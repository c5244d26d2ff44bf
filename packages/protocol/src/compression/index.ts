export { COMPRESSION_CODECS, type CompressionCodec, codecId, codecOfId } from "./codec";
export { type CompressionLevels, compress, compressionReady, type DecompressLimits, decompress } from "./compression";
export { DecompressionFailed, type DecompressionFailure } from "./decompression-failed";
