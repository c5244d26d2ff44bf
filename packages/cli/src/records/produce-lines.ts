import type { Producer } from "@ottla/client";
import type { Io } from "../io";
import { type LineFormat, recordOf } from "./line-record";
import { LineSplitter } from "./line-splitter";

export interface ProduceLinesOptions {
  readonly io: Io;
  readonly producer: Producer;
  readonly topic: string;
  readonly format: LineFormat;
  /** Each record is acknowledged before the next is read. */
  readonly isSync: boolean;
  /** Batches wait for `linger.ms` even when nothing more is coming in. */
  readonly lingersAsTold: boolean;
  readonly lineBytesMax: number;
}

/**
 * Writes every line of standard input, until it ends or the user interrupts. All has been taken by the producer then, not delivered.
 *
 * @throws LineError, and what `Producer.ready` throws
 */
export async function produceLines(options: ProduceLinesOptions): Promise<void> {
  const { io, producer, topic, format } = options;
  const lines = new LineSplitter(options.lineBytesMax);
  const prompt = io.stdin.isTTY === true ? () => void io.stderr.write(">") : () => undefined;
  let lineNumber = 0;
  let idle: NodeJS.Timeout | undefined;

  const write = (line: Buffer): Promise<void> | null => {
    const record = recordOf(topic, line, ++lineNumber, format);
    if (options.isSync) return producer.send(record, io.signal).then(() => undefined);
    return producer.enqueue(record) ? null : writeWhenReady(record);
  };
  const writeWhenReady = async (record: ReturnType<typeof recordOf>): Promise<void> => {
    do await producer.ready(topic, io.signal);
    while (!producer.enqueue(record));
  };

  const interrupt = () => io.stdin.destroy();
  io.signal.addEventListener("abort", interrupt, { once: true });
  prompt();
  try {
    for await (const chunk of io.stdin) {
      clearTimeout(idle);
      for (const line of lines.push(chunk as Buffer)) {
        // No await where none is needed: it would cost more than the record.
        const waiting = write(line);
        if (waiting !== null) await waiting;
        prompt();
      }
      // What was typed should be seen, not wait for a batch to fill that nobody fills.
      if (!options.lingersAsTold) idle = setTimeout(() => producer.sendNow(), IDLE_MS);
    }
    const last = lines.end();
    if (last !== null) await write(last);
  } catch (error) {
    if (!io.signal.aborted) throw error;
  } finally {
    clearTimeout(idle);
    io.signal.removeEventListener("abort", interrupt);
  }
}

const IDLE_MS = 5;
