import type { AlterPartitionReply, AlterPartitionRequest } from "./isr-proposal";

/** Who opens a session with the controller. */
export interface SessionHello {
  readonly brokerId: number;
  /** czxid of its registration. */
  readonly brokerEpoch: bigint;
  readonly incarnation: string;
}

/** The broker's end of a session, as the controller sees it. */
export interface SessionPeer {
  /** The controller ends the session: its duty is over, or the broker has opened another one. Called once, never after `close`. */
  end(reason: string): void;

  /**
   * The controller has been without ZooKeeper for its grace, and for `sinceMs` milliseconds; null: it is in contact again. To be told to
   * the broker, which counts it as silence (rule 47).
   */
  withoutZooKeeper(sinceMs: number | null): void;
}

/** A broker's session with the active controller. Commands to the broker leave only while one stands (`BrokerChannel`). */
export interface ControllerSession {
  readonly controllerId: number;
  readonly controllerEpoch: number;

  /**
   * A leader proposes ISRs. The proposal belongs to this session: when this is no longer the broker's current one by the time it is looked
   * at, it is dropped, and the outcome is NOT_CONTROLLER, which settles nothing (rules 24 and 25). Never rejects.
   */
  alterPartition(request: AlterPartitionRequest): Promise<AlterPartitionReply>;

  /** The stream to the broker has ended. Idempotent. */
  close(): void;
}

/**
 * - NOT_CONTROLLER: no duty here; the broker looks at `/controller` and dials again
 * - STALE_BROKER_EPOCH: a later incarnation of the broker has registered
 */
export interface SessionRefused {
  readonly refused: "NOT_CONTROLLER" | "STALE_BROKER_EPOCH";
}
