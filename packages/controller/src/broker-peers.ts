import type { PartitionIdentity } from "./broker-channel";

/** A controller in one of its terms. */
export interface ControllerIdentity {
  readonly controllerId: number;
  readonly controllerEpoch: number;
  /** Incarnation id in the controller's registration; empty where nobody knows it. */
  readonly incarnation: string;
}

/**
 * What one broker has found out by itself about a controller.
 *
 * - gone, silent: as a probe finds it, silent for the whole grace
 * - alive: there is a session with it, or it has answered a probe
 * - unknown: nothing found out yet
 */
export interface Evidence {
  readonly found: "gone" | "silent" | "alive" | "unknown";
  /** The process is proved dead by its kernel: see `ProbeFinding`. */
  readonly proof: boolean;
}

/** How far a replica's log reaches. */
export interface LogEnd extends PartitionIdentity {
  /** Leader epoch of the last batch; -1 when the log is empty. */
  readonly lastEpoch: number;
  readonly logEndOffset: number;
}

/** Questions that one broker asks another about what that one alone knows. */
export interface BrokerPeers {
  /**
   * What the broker has found out about this controller.
   *
   * Rejects when the broker cannot be asked; the asker sets the deadline by `signal`.
   */
  evidence(brokerId: number, about: ControllerIdentity, signal: AbortSignal): Promise<Evidence>;

  /**
   * Where the broker's replicas of these partitions end; those it does not have are left out. Asked of the own broker too.
   *
   * Rejects when the broker cannot be asked; the asker sets the deadline by `signal`.
   */
  logEnds(brokerId: number, partitions: readonly PartitionIdentity[], signal: AbortSignal): Promise<readonly LogEnd[]>;
}
