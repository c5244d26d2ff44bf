import type { CompressionCodec } from "./codec";

/**
 * Why compressed bytes gave no result.
 *
 * - `malformed`: they are not what the codec writes, or they are damaged;
 * - `too-large`: the result would exceed the caller's bound (a decompression bomb, or a bound too small);
 * - `unavailable`: zstd was used before {@link compressionReady} resolved, on a Node without zstd of its own.
 */
export type DecompressionFailure = "malformed" | "too-large" | "unavailable";

/** Thrown by `decompress`. The bytes come from the world, so this is never a bug of ours. */
export class DecompressionFailed extends Error {
  override readonly name = "DecompressionFailed";

  constructor(
    readonly codec: CompressionCodec,
    readonly failure: DecompressionFailure,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${codec}: ${detail}`, options);
  }
}
