import { gunzipSync, gzipSync } from "node:zlib";
import { DecompressionFailed } from "./decompression-failed";

/** One RFC 1952 member without a time, its OS byte "unknown": the same bytes on every platform. */
export function gzip(bytes: Buffer, level = -1): Buffer {
  const member = gzipSync(bytes, { level });
  member[OS_BYTE] = OS_UNKNOWN;
  return member;
}

/** All members of the input, one after the other. */
export function gunzip(bytes: Buffer, maxSize: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxSize) });
  } catch (cause) {
    const tooLarge = (cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    const detail = tooLarge ? `more than ${maxSize} bytes` : (cause as Error).message;
    throw new DecompressionFailed("gzip", tooLarge ? "too-large" : "malformed", detail, { cause });
  }
}

const OS_BYTE = 9;
const OS_UNKNOWN = 0xff;
