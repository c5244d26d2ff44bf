import { BatchView, patchBaseOffset, patchLeaderEpoch } from "@ottla/protocol";
import type { DiskError } from "@ottla/runtime";
import type { AppendOutcome, AppendRefusal, ValidatedBatch } from "./append-outcome";
import type { LogState } from "./log-state";
import type { LogWriter } from "./log-writer";
import type { PendingProducers } from "./producer-state";
import { transactionMarkerOf } from "./transaction-marker";

/** See `PartitionLog.appendAsLeader`. */
export function appendAsLeader(
  state: LogState,
  writer: LogWriter,
  batches: readonly ValidatedBatch[],
  leaderEpoch: number,
): readonly AppendOutcome[] {
  const { guard, config } = state;
  if (guard.failure !== null) return batches.map(() => storageError(guard.failure));
  const outcomes: AppendOutcome[] = [];
  const step = writer.begin();
  try {
    for (const { batch: bytes, info } of batches) {
      const batch = new BatchView(bytes, 0);
      const refusal = judge(batch, step.producers, config.segmentBytes);
      if (refusal !== null) {
        outcomes.push(refusal);
        continue;
      }
      const baseOffset = step.nextOffset;
      patchBaseOffset(bytes, 0, baseOffset);
      patchLeaderEpoch(bytes, 0, leaderEpoch);
      writer.add(batch, step);
      outcomes.push({ kind: "appended", baseOffset, lastOffset: batch.lastOffset, logAppendTime: info.logAppendTime });
    }
    writer.write(step);
  } catch (failure) {
    const error = guard.failBecause(failure);
    return batches.map(() => storageError(error));
  }
  writer.finish(step);
  return outcomes;
}

/** @returns null when the batch may be appended */
function judge(batch: BatchView, producers: PendingProducers, segmentBytes: number): AppendOutcome | null {
  if (batch.sizeInBytes > segmentBytes) {
    return refused("RECORD_LIST_TOO_LARGE", `${batch.sizeInBytes} bytes do not fit into segment.bytes`);
  }
  if (batch.isControl) {
    const marker = transactionMarkerOf(batch);
    const error = marker === null ? null : producers.judgeMarker(batch, marker);
    return error === null
      ? null
      : refused(error, `marker of producer ${batch.producerId}, epoch ${batch.producerEpoch}`);
  }
  if (!batch.hasProducerId) return null;
  const verdict = producers.judge(batch);
  if (verdict.kind === "new") return null;
  if (verdict.kind === "refused") return refused(verdict.error, verdict.reason);
  const { firstOffset, lastOffset, timestamp } = verdict.batch;
  return { kind: "duplicate", baseOffset: firstOffset, lastOffset, timestamp };
}

function refused(error: AppendRefusal, reason: string): AppendOutcome {
  return { kind: "refused", error, reason };
}

function storageError(failure: DiskError | null): AppendOutcome {
  return refused("KAFKA_STORAGE_ERROR", failure?.message ?? "the log is offline");
}
