import type { Clock, Logger } from "@ottla/runtime";

export interface TransportOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<TransportLimits>;
}

/** Sizes and times of a transport. All of them must be the same on every broker only in spirit: no limit is part of the contract. */
export interface TransportLimits {
  /** A stream that is not answered for so long after it was opened is "broken". Milliseconds. */
  readonly dialTimeoutMs: number;
  /** How long a connection may be quiet before the other side is asked whether it still lives. Milliseconds. */
  readonly keepaliveTimeMs: number;
  /** How long that question may stay unanswered before the connection is given up. Milliseconds. */
  readonly keepaliveTimeoutMs: number;
  /** How long what was sent before a `close` may take to leave. Milliseconds. */
  readonly lingerMs: number;
  /** `send` returns false when more than this waits to leave. Bytes. */
  readonly sendBufferBytes: number;
  /** A sender that goes on all the same loses the stream when more than this waits. Bytes; one message of any size may always wait alone. */
  readonly sendBufferBytesMax: number;
  /** A larger message is not sent, and breaks the stream of its sender or fails its call. Bytes; above the largest batch a client may produce. */
  readonly messageBytesMax: number;
  /** How much may be on its way to the dialling side before that has read it. Bytes. Below 1 MiB records lose most of their speed. */
  readonly flowControlWindowBytes: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  dialTimeoutMs: 2_000,
  keepaliveTimeMs: 1_000,
  keepaliveTimeoutMs: 2_000,
  lingerMs: 500,
  sendBufferBytes: 1024 * 1024,
  sendBufferBytesMax: 64 * 1024 * 1024,
  messageBytesMax: 128 * 1024 * 1024,
  flowControlWindowBytes: 8 * 1024 * 1024,
};

export function limitsOf(options: TransportOptions): TransportLimits {
  return { ...DEFAULT_LIMITS, ...options.limits };
}
