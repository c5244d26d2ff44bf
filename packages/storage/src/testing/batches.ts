import { BatchBuilder } from "@ottla/protocol";
import type { ValidatedBatch } from "../append-outcome";

export interface BatchOptions {
  /** Number of records; 1 when left out. */
  readonly records?: number;
  /** Of each record's value. */
  readonly valueBytes?: number;
  readonly timestamp?: number;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** A batch as produce validation hands it to a log. */
export function producedBatch(options: BatchOptions = {}): ValidatedBatch {
  const {
    records = 1,
    valueBytes = 20,
    timestamp = 1_700_000_000_000,
    producerId,
    producerEpoch = 0,
    baseSequence,
  } = options;
  const builder = new BatchBuilder(
    producerId === undefined ? {} : { producerId, producerEpoch, baseSequence: baseSequence ?? 0 },
  );
  for (let i = 0; i < records; i++) builder.append({ timestamp, key: null, value: Buffer.alloc(valueBytes, i) });
  return { batch: builder.build(), info: { logAppendTime: -1 } };
}
