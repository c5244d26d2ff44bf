/**
 * What clients did and were told, one event a line (Jepsen's form): an operation is invoked, and completes as `ok`, as `fail` (it
 * certainly did not happen) or as `info` (nobody knows: timeouts, broken connections). An operation without completion counts as `info`.
 *
 * Keys are topic-partitions (`orders-0`). Values are whole numbers, written once and unique within their key.
 */
export type HistoryEvent =
  | ClientOpened
  | ClientClosed
  | ClientTold
  | SendInvoked
  | SendOk
  | NotOk
  | PollInvoked
  | PollOk
  | Assigned
  | Crashed;

/** What a client's settings promise; see `promises.ts`. */
export type SettingsClass = "safe" | "default" | "weak";

interface Event {
  /** Unique in a run; a client that replaces another is another process. */
  readonly process: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly timeMs: number;
}

export interface ClientOpened extends Event {
  readonly type: "open";
  readonly settings: SettingsClass;
  /** Which library: for the report. */
  readonly client: string;
}

/** The client was closed on purpose: from here on it owes no progress. */
export interface ClientClosed extends Event {
  readonly type: "close";
}

/** An error that the client library met and retried by itself: of no consequence for an operation, but counted. */
export interface ClientTold extends Event {
  readonly type: "told";
  readonly error: string;
}

/** `count` values from `value` upwards go to `key`, in this order, as one unit. */
export interface SendInvoked extends Event {
  readonly type: "invoke";
  readonly f: "send";
  readonly op: number;
  readonly key: string;
  readonly value: number;
  readonly count: number;
}

export interface SendOk extends Event {
  readonly type: "ok";
  readonly f: "send";
  readonly op: number;
  /** Of the first value, as the reply says, -1 included; null from clients that do not tell. */
  readonly offset: number | null;
}

export interface NotOk extends Event {
  readonly type: "fail" | "info";
  readonly f: "send" | "poll";
  readonly op: number;
  readonly error: string;
}

export interface PollInvoked extends Event {
  readonly type: "invoke";
  readonly f: "poll";
  readonly op: number;
}

export interface PollOk extends Event {
  readonly type: "ok";
  readonly f: "poll";
  readonly op: number;
  readonly records: Readonly<Record<string, readonly (readonly [offset: number, value: number])[]>>;
}

/** The consumer reads these keys from the offsets given, besides those it reads already: its next poll of them owes no order to those before. */
export interface Assigned extends Event {
  readonly type: "ok";
  readonly f: "assign";
  readonly from: Readonly<Record<string, number>>;
}

/** The client was dropped without closing it; whatever it had under way is unknown. */
export interface Crashed extends Event {
  readonly type: "ok";
  readonly f: "crash";
}
