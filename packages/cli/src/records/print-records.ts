import type { AssignedConsumer, ConsumedBatch } from "@ottla/client";
import type { Io } from "../io";
import { ChunkedOutput, OutputClosed } from "./chunked-output";
import { formatted, isValueOnly, type RecordFormat } from "./record-format";

export interface PrintRecordsOptions {
  readonly io: Io;
  readonly consumer: AssignedConsumer;
  /** Null prints nothing, and counts. */
  readonly format: RecordFormat | null;
  readonly recordsMax: number;
  /** Ends the reading when nothing arrives for so long. */
  readonly silenceMsMax: number | undefined;
  /** A batch that cannot be read is told of and passed over. */
  readonly skipsErrors: boolean;
  /** Told of every record counted. */
  readonly onProcessed: (records: number) => void;
}

/** Why the reading ended. Interruption is told by `io.signal`. */
export type PrintEnd = "enough" | "silence" | "output closed";

/**
 * Prints records as they come, until enough were printed, none comes, the reader of the output goes away, or the user interrupts.
 *
 * @throws what `AssignedConsumer.poll` throws; Aborted when the user interrupts
 */
export async function printRecords(options: PrintRecordsOptions): Promise<PrintEnd> {
  const { io, consumer, recordsMax, silenceMsMax, onProcessed } = options;
  const output = new ChunkedOutput(io.stdout);
  const onClosed = new AbortController();
  const whenClosed = () => onClosed.abort();
  // A reader that goes away while nothing is written is noticed too, where the system tells.
  io.stdout.once("close", whenClosed);
  const signal = AbortSignal.any([io.signal, onClosed.signal]);
  let left = recordsMax;
  try {
    while (left > 0) {
      const batches = await consumer.poll({ timeoutMs: silenceMsMax, signal });
      if (batches.length === 0) return "silence";
      for (const batch of batches) {
        const count = printBatch(batch, output, left, options);
        left -= count;
        onProcessed(count);
        if (left === 0) break;
        if (output.isFull) await output.flushed();
      }
      await output.flushed();
    }
    return "enough";
  } catch (error) {
    if (error instanceof OutputClosed || (onClosed.signal.aborted && !io.signal.aborted)) return "output closed";
    throw error;
  } finally {
    io.stdout.off("close", whenClosed);
    output.close();
  }
}

function printBatch(
  batch: ConsumedBatch,
  output: ChunkedOutput,
  countMax: number,
  options: PrintRecordsOptions,
): number {
  const { format, io } = options;
  try {
    if (format !== null && isValueOnly(format)) return printValues(batch, output, countMax, format);
    let count = 0;
    for (const record of batch.records()) {
      if (format !== null) for (const part of formatted(batch, record, format)) output.add(part);
      if (++count === countMax) break;
    }
    return count;
  } catch (error) {
    if (!options.skipsErrors) throw error;
    io.stderr.write(`warning: skipped: ${(error as Error).message}\n`);
    return 0;
  }
}

function printValues(batch: ConsumedBatch, output: ChunkedOutput, countMax: number, format: RecordFormat): number {
  const { lineSeparator, nullLiteral } = format;
  const { recordCount, baseOffset } = batch.view;
  const cursor = batch.cursor();
  let count = 0;
  for (let i = 0; i < recordCount && count < countMax; i++) {
    cursor.next();
    if (baseOffset + cursor.offsetDelta < batch.fromOffset) continue;
    if (cursor.valueLength < 0) output.add(nullLiteral);
    else output.add(cursor.bytes, cursor.valuePosition, cursor.valuePosition + cursor.valueLength);
    output.add(lineSeparator);
    count++;
  }
  return count;
}
