import type { TopicPartition } from "@ottla/client";
import type { Closable } from "@ottla/runtime";

/** A client library's consumer of assigned partitions, in the one shape that load needs; it reads what is committed. */
export interface LoadConsumer extends Closable {
  /** Reads these besides what it reads already. */
  assign(starts: readonly (TopicPartition & { readonly offset: number })[]): void;
  /** What has come, waiting for it for a while. @throws Error what only a new consumer can go on after */
  poll(signal: AbortSignal): Promise<PolledRecords>;
}

export interface PolledRecords {
  /** By key, in the order in which they came. */
  readonly records: Readonly<Record<string, readonly (readonly [offset: number, value: number])[]>>;
  /** Where to go on, for each key of which something came. */
  readonly nextOffsets: ReadonlyMap<string, number>;
}

/** A library that can be read with. */
export interface ConsumerLibrary {
  readonly name: string;
  open(bootstrapServers: string): LoadConsumer;
}

/** How long a poll waits for something. */
export const POLL_MS = 500;
