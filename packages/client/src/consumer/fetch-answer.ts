import {
  type BatchView,
  CorruptRecordError,
  compressionReady,
  contiguous,
  type FetchResponse,
  scanBatches,
} from "@ottla/protocol";
import type { IsolationLevel } from "../cluster/offset-lookup";
import { formatTopicPartition, type TopicPartition } from "../cluster/topic-partition";
import { KafkaError } from "../kafka-error";
import { AbortedTransactions } from "./aborted-transactions";
import { ConsumedBatch } from "./consumed-batch";

export type PartitionAnswer = FetchResponse["responses"][number]["partitions"][number];

export interface ReadableBatches {
  /** Without control batches, and without what was aborted. */
  readonly batches: readonly ConsumedBatch[];
  /** Where to go on, past what was left out too. */
  readonly nextOffset: number;
  readonly sizeBytes: number;
}

/**
 * What an application may see of a fetch answer.
 *
 * @param fetchOffset the offset that was asked for
 * @throws CorruptRecordError for a batch whose checksum is wrong
 * @throws KafkaError UNSUPPORTED_FOR_MESSAGE_FORMAT for records older than Kafka 0.11's
 */
export async function readableBatches(
  topicPartition: TopicPartition,
  answer: PartitionAnswer,
  fetchOffset: number,
  options: { readonly isolationLevel: IsolationLevel; readonly checkCrcs: boolean },
): Promise<ReadableBatches> {
  const { topic, partition } = topicPartition;
  const bytes = answer.records === null || answer.records.length === 0 ? NOTHING : contiguous(answer.records);
  const { batches: views, end } = scanBatches(bytes);
  const name = formatTopicPartition(topicPartition);
  // A batch cut at the size limit comes whole next time; anything else that is no batch is damage.
  if (end.kind === "corrupt") throw new CorruptRecordError(`${name} after offset ${fetchOffset}: ${end.reason}`);
  const aborted =
    options.isolationLevel === "read_committed" ? new AbortedTransactions(answer.abortedTransactions ?? []) : null;
  const batches: ConsumedBatch[] = [];
  let nextOffset = fetchOffset;
  for (const view of views) {
    if (view.magic < 2)
      throw new KafkaError(
        "UNSUPPORTED_FOR_MESSAGE_FORMAT",
        name,
        `records at offset ${view.baseOffset} are of magic ${view.magic}`,
      );
    if (view.nextOffset <= fetchOffset) continue;
    check(name, view, options.checkCrcs);
    if (view.codec === "zstd") await compressionReady();
    const hidden = aborted?.covers(view) ?? false;
    nextOffset = view.nextOffset;
    if (hidden || view.isControl || view.recordCount === 0) continue;
    batches.push(new ConsumedBatch(topic, partition, view, fetchOffset, Number(answer.highWatermark)));
  }
  return { batches, nextOffset, sizeBytes: bytes.length };
}

function check(name: string, view: BatchView, checkCrcs: boolean): void {
  if (checkCrcs && !view.isCrcValid())
    throw new CorruptRecordError(`${name} at offset ${view.baseOffset}: the checksum of the batch is wrong`);
}

const NOTHING = Buffer.alloc(0);
