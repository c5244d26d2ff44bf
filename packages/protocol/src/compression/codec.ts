/** The compression codecs of record batches, by the names that Kafka's configuration and tools use. */
export type CompressionCodec = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** In the order of their ids on the wire: bits 0-2 of a batch's attributes. */
export const COMPRESSION_CODECS: readonly CompressionCodec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** The codec's id as it stands in a batch's attributes, 0-4. */
export function codecId(codec: CompressionCodec): number {
  return COMPRESSION_CODECS.indexOf(codec);
}

/** The codec with this id, or null for 5-7, which no Kafka has given a meaning. */
export function codecOfId(id: number): CompressionCodec | null {
  return COMPRESSION_CODECS[id] ?? null;
}
