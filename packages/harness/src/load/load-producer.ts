import type { TopicPartition } from "@ottla/client";
import type { Closable } from "@ottla/runtime";
import type { SettingsClass } from "../history/history-event";

/** What became of one send. `fail` only where it certainly did not happen. */
export type SendResult =
  | { readonly type: "ok"; readonly offset: number | null }
  | { readonly type: "fail" | "info"; readonly error: string };

/** A client library's producer, in the one shape that load needs. */
export interface LoadProducer extends Closable {
  /**
   * Writes `count` values from `value` upwards, in this order, as one batch. Never throws: what goes wrong is a result.
   *
   * Several may be under way at a time where `inFlightMax` says so; they are written in the order of the calls.
   */
  send(key: TopicPartition, value: number, count: number): Promise<SendResult>;
}

export interface ProducerOptions {
  readonly bootstrapServers: string;
  readonly settings: SettingsClass;
  /** Hears of errors that the library was told by brokers and dealt with by itself, where it lets us know. */
  readonly onTold: (error: string) => void;
}

/** A library that can be loaded with. */
export interface ProducerLibrary {
  /** Such as `kafkajs`. */
  readonly name: string;
  /** Sends that may be under way together, and records that one send may have. */
  readonly inFlightMax: number;
  readonly countMax: number;
  open(options: ProducerOptions): Promise<LoadProducer>;
}

/** What a class of settings means for a producer, in Kafka's terms. */
export function producerSettings(settings: SettingsClass): { readonly acks: -1 | 1; readonly idempotent: boolean } {
  return { acks: settings === "weak" ? 1 : -1, idempotent: settings === "safe" };
}

/** Errors after which nothing of a send can be in the log, not even of an attempt before the last. */
export const CERTAIN_FAILURES: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_RECORD",
  "TOPIC_AUTHORIZATION_FAILED",
]);
