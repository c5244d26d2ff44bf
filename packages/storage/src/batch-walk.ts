import { BATCH_HEADER_BYTES, BatchView } from "@ottla/protocol";
import type { DiskFile } from "@ottla/runtime";
import type { PiecePool } from "./piece-pool";

/** Above this, reading on after a header is wasted: the next one is far away. */
const FAR_BYTES = 32 * 1024;
const ONE_HEADER_READ_BYTES = 128;

/**
 * Walks the batch headers in a stretch of a log file that is known to be sound.
 *
 * @param from byte position at which a batch begins
 * @param to byte position at which the stretch ends
 * @param visit sees each batch's header (not its records) and its position; the walk stops before a batch it answers false for. The
 *   view is good only until it returns.
 * @returns where the walk ended: `to`, the batch refused, or the first that is not whole
 */
export function walkHeaders(
  file: DiskFile,
  from: number,
  to: number,
  pool: PiecePool,
  visit: (batch: BatchView, positionBytes: number) => boolean,
): number {
  const piece = pool.take();
  try {
    let position = from;
    let readBytes = piece.length;
    while (position + BATCH_HEADER_BYTES <= to) {
      const count = file.read(piece.subarray(0, Math.min(readBytes, to - position)), position);
      let at = 0;
      let sizeBytes = 0;
      while (at + BATCH_HEADER_BYTES <= count) {
        const batch = new BatchView(piece, at);
        sizeBytes = batch.sizeInBytes;
        if (sizeBytes < BATCH_HEADER_BYTES || position + at + sizeBytes > to) return position + at;
        if (!visit(batch, position + at)) return position + at;
        at += sizeBytes;
      }
      if (at === 0) return position;
      position += at;
      readBytes = sizeBytes > FAR_BYTES ? ONE_HEADER_READ_BYTES : piece.length;
    }
    return position;
  } finally {
    pool.giveBack(piece);
  }
}
