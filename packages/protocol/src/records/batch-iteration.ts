import {
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  HEADER_UP_TO_MAGIC_BYTES,
  LOG_OVERHEAD_BYTES,
  MAGIC_AT,
} from "./batch-layout";
import { BatchView } from "./batch-view";

/**
 * How a walk over batches ended.
 *
 * - `clean`: the last batch ended where the bytes end;
 * - `truncated`: the last `bytesLeft` bytes begin a batch and do not finish it, as at the end of a fetch response or of a torn log;
 * - `corrupt`: at `position` stands no batch: its length is impossible or its magic unknown.
 */
export type BatchScanEnd =
  | { readonly kind: "clean"; readonly position: number }
  | { readonly kind: "truncated"; readonly position: number; readonly bytesLeft: number }
  | { readonly kind: "corrupt"; readonly position: number; readonly reason: string };

/**
 * Walks the batches in `buffer[start, end)`, by their lengths alone: checksums and records are the caller's business.
 *
 * Any bytes do: every length is checked before it is followed. Views share the buffer.
 *
 * @returns how the walk ended, as the generator's return value
 */
export function* iterateBatches(buffer: Buffer, start = 0, end = buffer.length): Generator<BatchView, BatchScanEnd> {
  let position = start;
  while (position < end) {
    const size = batchSizeAt(buffer, position, end);
    if (typeof size !== "number") return size;
    yield new BatchView(buffer, position);
    position += size;
  }
  return { kind: "clean", position };
}

/** All batches of {@link iterateBatches} at once, and how the walk ended. */
export function scanBatches(
  buffer: Buffer,
  start = 0,
  end = buffer.length,
): { readonly batches: readonly BatchView[]; readonly end: BatchScanEnd } {
  const batches: BatchView[] = [];
  const walk = iterateBatches(buffer, start, end);
  for (;;) {
    const step = walk.next();
    if (step.done) return { batches, end: step.value };
    batches.push(step.value);
  }
}

/** The batch that begins at `start`, or why there is none. The cheapest way to look at a single batch. */
export function firstBatch(buffer: Buffer, start = 0, end = buffer.length): BatchView | BatchScanEnd {
  if (start >= end) return { kind: "clean", position: start };
  const size = batchSizeAt(buffer, start, end);
  return typeof size === "number" ? new BatchView(buffer, start) : size;
}

/** The slices of a wire field as one buffer: copied only when there are several. */
export function contiguous(slices: readonly Buffer[]): Buffer {
  return slices.length === 1 ? slices[0]! : Buffer.concat(slices);
}

/** The batch's size in bytes if it lies whole in `[position, end)`. */
function batchSizeAt(buffer: Buffer, position: number, end: number): number | BatchScanEnd {
  const bytesLeft = end - position;
  if (bytesLeft < LOG_OVERHEAD_BYTES) return { kind: "truncated", position, bytesLeft };
  const length = buffer.readInt32BE(position + BATCH_LENGTH_AT);
  if (length < LEGACY_LENGTH_MIN) return { kind: "corrupt", position, reason: `batch length ${length}` };
  if (bytesLeft < HEADER_UP_TO_MAGIC_BYTES) return { kind: "truncated", position, bytesLeft };
  const magic = buffer.readInt8(position + MAGIC_AT);
  if (magic < 0 || magic > 2) return { kind: "corrupt", position, reason: `magic ${magic}` };
  const size = LOG_OVERHEAD_BYTES + length;
  if (magic === 2 && size < BATCH_HEADER_BYTES) return { kind: "corrupt", position, reason: `batch length ${length}` };
  return size > bytesLeft ? { kind: "truncated", position, bytesLeft } : size;
}

/** A message of magic 0 without key and value: the least that may follow a length field. */
const LEGACY_LENGTH_MIN = 14;
