import * as zlib from "node:zlib";
import type * as ZstdModule from "@bokuweb/zstd-wasm";
import { DecompressionFailed } from "./decompression-failed";
import { zstdFrames } from "./zstd-frames";

/** Resolves when zstd can be used: at once where Node has it, otherwise after the module is loaded. */
export function zstdReady(): Promise<void> {
  if (builtIn !== null || wasm !== null) return Promise.resolve();
  loading ??= load();
  return loading;
}

/** One zstd frame without a dictionary. */
export function zstdCompress(bytes: Buffer, level = DEFAULT_LEVEL): Buffer {
  if (builtIn !== null)
    return builtIn.zstdCompressSync(bytes, { params: { [builtIn.constants.ZSTD_c_compressionLevel]: level } });
  if (wasm === null) throw new Error(`zstd: ${NOT_READY}`);
  return asBuffer(wasm.compress(bytes, level));
}

/**
 * All zstd frames of the input, skippable frames passed over.
 *
 * The frames' headers are walked first. They bound the result, so neither decoder is asked for more than it may give.
 */
export function zstdDecompress(bytes: Buffer, maxSize: number): Buffer {
  if (builtIn === null && wasm === null) throw new DecompressionFailed("zstd", "unavailable", NOT_READY);
  const out: Buffer[] = [];
  let total = 0;
  for (const frame of zstdFrames(bytes)) {
    const allowed = maxSize - total;
    if (frame.sizeMin > allowed) throw tooLarge(maxSize);
    const decoded = decodeFrame(bytes.subarray(frame.start, frame.end), Math.min(allowed, frame.sizeMax), maxSize);
    total += decoded.length;
    out.push(decoded);
  }
  return out.length === 1 ? out[0]! : Buffer.concat(out, total);
}

function decodeFrame(frame: Buffer, capacity: number, maxSize: number): Buffer {
  try {
    if (builtIn !== null) return builtIn.zstdDecompressSync(frame, { maxOutputLength: Math.max(1, capacity) });
    if (wasm === null) throw new Error(NOT_READY);
    return asBuffer(wasm.decompress(frame, { defaultHeapSize: Math.max(1, capacity) }));
  } catch (cause) {
    const message = (cause as Error).message;
    if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" || MODULE_SAYS_TOO_SMALL.test(message))
      throw tooLarge(maxSize, cause);
    throw new DecompressionFailed("zstd", "malformed", message, { cause });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function tooLarge(maxSize: number, cause?: unknown): DecompressionFailed {
  return new DecompressionFailed("zstd", "too-large", `more than ${maxSize} bytes`, { cause });
}

/** Node's own zstd, from 22.15 on. Its types are newer than the Node this project starts from. */
interface BuiltInZstd {
  zstdCompressSync(bytes: Buffer, options: { params: Record<number, number> }): Buffer;
  zstdDecompressSync(bytes: Buffer, options: { maxOutputLength: number }): Buffer;
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

const builtIn: BuiltInZstd | null = "zstdDecompressSync" in zlib ? (zlib as unknown as BuiltInZstd) : null;

/** The WebAssembly build, once it is initialized. */
let wasm: typeof ZstdModule | null = null;
let loading: Promise<void> | null = null;

async function load(): Promise<void> {
  const loaded = require("@bokuweb/zstd-wasm") as typeof ZstdModule;
  await loaded.init();
  wasm = loaded;
}

const DEFAULT_LEVEL = 3;
const NOT_READY = "not loaded yet; await compressionReady() when the process starts";
/** Error 70 of the zstd library: the destination is too small. */
const MODULE_SAYS_TOO_SMALL = /code -70$/;
