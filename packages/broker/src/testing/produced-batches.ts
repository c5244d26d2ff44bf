import { BatchBuilder, type ProduceRequestInput } from "@ottla/protocol";

export interface BatchSetup {
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly timestamp?: number;
  readonly codec?: "none" | "gzip";
}

/** A batch as a client makes it, one record for each value. */
export function batchOf(values: readonly string[], setup: BatchSetup = {}): Buffer {
  const { timestamp = 1_700_000_000_000, ...fields } = setup;
  const builder = new BatchBuilder(fields);
  for (const value of values) builder.append({ timestamp, key: Buffer.from("k"), value: Buffer.from(value) });
  return builder.build();
}

/** A Produce request for one partition. */
export function produceOf(
  topic: string,
  batch: Buffer,
  options: { readonly acks?: number; readonly index?: number; readonly timeoutMs?: number } = {},
): ProduceRequestInput {
  const { acks = -1, index = 0, timeoutMs = 1000 } = options;
  return { acks, timeoutMs, topicData: [{ name: topic, partitionData: [{ index, records: [batch] }] }] };
}
