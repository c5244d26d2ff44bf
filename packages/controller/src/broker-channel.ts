/**
 * How the controller talks to brokers, its own included: to others over the broker's current session, to itself by a call.
 *
 * Nothing is sent to another broker before it has opened a session, and each new session begins with the full commands. One command for
 * each broker is under way at a time. A promise that rejects means "not known to have arrived": the controller sends again
 * until the command is acknowledged, the broker is gone (or another incarnation of it stands), or its duty ends. Receivers must therefore take
 * the same command twice without harm.
 */
export interface BrokerChannel {
  /**
   * Delivers one command and waits for the acknowledgement.
   *
   * @param signal aborted when the session has ended, the broker is gone or the controller's duty ends; the call must settle then
   */
  send(brokerId: number, command: BrokerCommand, signal: AbortSignal): Promise<BrokerReply>;
}

/** Who speaks to which incarnation. A receiver refuses a lower controller epoch than it has seen, and a broker epoch that is not its own. */
export interface CommandHeader {
  readonly controllerId: number;
  readonly controllerEpoch: number;
  /** The addressee's broker epoch: czxid of its registration. */
  readonly brokerEpoch: bigint;
}

export type BrokerCommand = CommandHeader & (LeaderAndIsrCommand | UpdateMetadataCommand | StopReplicaCommand);

/** Partitions that the addressee holds: who leads them, in which epoch, with which ISR. */
export interface LeaderAndIsrCommand {
  readonly kind: "leaderAndIsr";
  readonly partitions: readonly PartitionAssignment[];
  /** Brokers that lead one of `partitions`, with their addresses. */
  readonly liveLeaders: readonly BrokerInfo[];
  /** True for the first command of a session: it lists every replica of the broker, and never deletes a log. */
  readonly full: boolean;
  /**
   * True once the addressee stands in no ISR on the strength of a tail that it may have lost: a torn broker may now record its boot id and
   * clear its mark (rule 56). Always true for a broker that is not torn.
   */
  readonly tailSettled: boolean;
}

/** What every broker tells clients. `full` replaces all that was known; otherwise `brokers` replaces the broker list and `partitions` are merged. */
export interface UpdateMetadataCommand {
  readonly kind: "updateMetadata";
  readonly brokers: readonly BrokerInfo[];
  readonly partitions: readonly PartitionMetadata[];
  readonly full: boolean;
}

/** Replicas that the addressee must stop, and remove from disk where `deleteLog` says so. */
export interface StopReplicaCommand {
  readonly kind: "stopReplica";
  readonly partitions: readonly StoppedReplica[];
}

/** Names a partition for ever: a topic made again under the same name has another id. */
export interface PartitionIdentity {
  readonly topic: string;
  /** 22 characters, base64url. */
  readonly topicId: string;
  readonly partition: number;
}

/** A partition's leadership as ZooKeeper holds it. */
export interface PartitionAssignment extends PartitionIdentity {
  /** Broker id of the leader; -1 when there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** Version of the state znode, which every ISR change must name. */
  readonly partitionEpoch: number;
  /** Epoch of the controller that wrote the state. */
  readonly controllerEpoch: number;
  /** All replicas; the first is the preferred leader. */
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
  /** True when this replica is made now: no log of it is expected on disk. */
  readonly isNew: boolean;
  /** True after an unclean election, until the leader's first ISR change. */
  readonly recovering: boolean;
}

export interface PartitionMetadata extends PartitionIdentity {
  /** Broker id; -1 without a leader; `LEADER_DURING_DELETE` removes the partition from what is known. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  /** Replicas whose broker or directory is not there. */
  readonly offlineReplicas: readonly number[];
}

export interface StoppedReplica extends PartitionIdentity {
  /** The epoch this stop belongs to; `EPOCH_DURING_DELETE` always applies. */
  readonly leaderEpoch: number;
  readonly deleteLog: boolean;
}

/** Leader in metadata of a partition whose topic is being deleted. */
export const LEADER_DURING_DELETE = -2;
/** Leader epoch in StopReplica of a topic being deleted. */
export const EPOCH_DURING_DELETE = -2;
/** No leader. */
export const NO_LEADER = -1;

/** A live broker: registration and incarnation. */
export interface BrokerInfo {
  readonly id: number;
  /** czxid of the registration. */
  readonly epoch: bigint;
  readonly endpoints: readonly BrokerEndpoint[];
  readonly rack: string | null;
  /** `host:port` of the listener between brokers; null for a broker of another make. */
  readonly rpc: string | null;
  /** Made anew by each process; null for a broker of another make. */
  readonly incarnation: string | null;
}

export interface BrokerEndpoint {
  readonly listenerName: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: string;
}

export interface BrokerReply {
  /**
   * - STALE_CONTROLLER_EPOCH: a newer controller has spoken; the sender looks whether its duty still stands
   * - STALE_BROKER_EPOCH: another incarnation is there now; the sender waits for its registration
   */
  readonly error: "NONE" | "STALE_CONTROLLER_EPOCH" | "STALE_BROKER_EPOCH" | "UNKNOWN_SERVER_ERROR";
  /** Partitions that did not do what was asked; all others did. */
  readonly partitionErrors: readonly PartitionError[];
}

export interface PartitionError {
  readonly topic: string;
  readonly partition: number;
  /**
   * - FENCED_LEADER_EPOCH, to leaderAndIsr: the addressee may not lead in this epoch since it did not open it; the controller elects again, LE + 1
   * - KAFKA_STORAGE_ERROR: the replica's directory is offline
   */
  readonly error:
    | "FENCED_LEADER_EPOCH"
    | "STALE_CONTROLLER_EPOCH"
    | "KAFKA_STORAGE_ERROR"
    | "INCONSISTENT_TOPIC_ID"
    | "UNKNOWN_TOPIC_OR_PARTITION"
    | "UNKNOWN_SERVER_ERROR";
}
