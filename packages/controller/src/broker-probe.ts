import type { RegisteredBroker } from "@ottla/coordination";

/** A registration whose owner is to be looked for. */
export interface ProbeTarget {
  readonly brokerId: number;
  /** czxid of the registration. */
  readonly brokerEpoch: bigint;
  readonly registration: RegisteredBroker;
}

/**
 * Asks whether a registered process still lives, past every channel that is open to it already.
 *
 * Evidence comes from a dial begun now and one question, never from the state of an older connection.
 *
 * @see replication rules 39 and 40
 */
export interface BrokerProbe {
  /**
   * Dials the addresses of the registration's rpc listener anew and asks for the identity behind them. Should settle within about 500 ms;
   * the asker repeats it. Never rejects but for an abort.
   *
   * @param signal aborted when the answer is of no use any more
   */
  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeFinding>;
}

/**
 * - gone: every address refused the connection. `proof`: beyond that, or instead of it, the registration names this machine's boot id and
 *   pid namespace, and its pid with its start time is no more, or a zombie. No network can fake that.
 * - silent: no route, no name, no answer to the connection attempt
 * - hung: connected, but the question was not answered in time; also whatever else is neither of the others
 * - alive: somebody answered
 */
export type ProbeFinding =
  | { readonly kind: "gone"; readonly proof: boolean }
  | { readonly kind: "silent" }
  | { readonly kind: "hung" }
  | ({ readonly kind: "alive" } & ProcessIdentity);

/** Who answers at an address. */
export interface ProcessIdentity {
  readonly brokerId: number;
  /** czxid of its registration; -1n while it has none. */
  readonly brokerEpoch: bigint;
  readonly incarnation: string;
  /** Ids of the log directories that the process has locked. */
  readonly directories: readonly string[];
}
