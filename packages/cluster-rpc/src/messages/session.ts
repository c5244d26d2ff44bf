/**
 * What a broker and the active controller say to each other on the broker's session (replication rules 5, 24-29, 47, 48). The broker dials.
 */

export type BrokerToController = SessionHello | CommandReplyMessage | AlterPartitionMessage | PingMessage;
export type ControllerToBroker =
  | SessionWelcome
  | SessionRefusal
  | CommandMessage
  | AlterPartitionReplyMessage
  | PongMessage
  | WithoutZooKeeper;

/** The broker's first message, before anything else. */
export interface SessionHello {
  readonly kind: "hello";
  readonly brokerId: number;
  /** czxid of the broker's registration. */
  readonly brokerEpoch: bigint;
  /** Names the broker's process for its lifetime. */
  readonly incarnation: string;
}

/** The session stands from here on. */
export interface SessionWelcome {
  readonly kind: "welcome";
  readonly controllerId: number;
  readonly controllerEpoch: number;
  /** Names the controller's process for its lifetime. */
  readonly incarnation: string;
}

/** There is no session; the controller closes the stream after it. */
export interface SessionRefusal {
  readonly kind: "refused";
  /**
   * - NOT_CONTROLLER: this broker has no duty now
   * - STALE_BROKER_EPOCH: a newer incarnation of the asking broker is registered
   * - BROKER_NOT_AVAILABLE: the controller does not see the registration yet; ask again
   */
  readonly error: "NOT_CONTROLLER" | "STALE_BROKER_EPOCH" | "BROKER_NOT_AVAILABLE";
  /** Who has the duty as far as the answerer knows; -1 when it does not. */
  readonly controllerId: number;
  /** The highest controller epoch that the answerer has seen; -1 for none. */
  readonly controllerEpoch: number;
}

/** One command to the broker, answered by a reply with the same id. The fields are those of the controller's `BrokerCommand`. */
export interface CommandMessage {
  readonly kind: "command";
  /** Unique within the session. 0 to 2^32-1. */
  readonly id: number;
  readonly command: CommandBody;
}

export interface CommandHeader {
  readonly controllerId: number;
  readonly controllerEpoch: number;
  /** The addressee's broker epoch. */
  readonly brokerEpoch: bigint;
}

export type CommandBody = CommandHeader & (LeaderAndIsr | UpdateMetadata | StopReplica);

export interface LeaderAndIsr {
  readonly kind: "leaderAndIsr";
  readonly partitions: readonly PartitionAssignment[];
  readonly liveLeaders: readonly BrokerInfo[];
  readonly full: boolean;
  /** The addressee has been taken out of every ISR that has another member: a torn broker may record its boot id (replication rule 56). */
  readonly tailSettled: boolean;
}

export interface UpdateMetadata {
  readonly kind: "updateMetadata";
  readonly brokers: readonly BrokerInfo[];
  readonly partitions: readonly PartitionMetadata[];
  readonly full: boolean;
}

export interface StopReplica {
  readonly kind: "stopReplica";
  readonly partitions: readonly StoppedReplica[];
}

export interface PartitionIdentity {
  readonly topic: string;
  /** 22 characters, base64url. */
  readonly topicId: string;
  readonly partition: number;
}

export interface PartitionAssignment extends PartitionIdentity {
  /** Broker id; -1 when there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly controllerEpoch: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly isNew: boolean;
  readonly recovering: boolean;
}

export interface PartitionMetadata extends PartitionIdentity {
  /** Broker id; -1 without a leader, -2 while the topic is deleted. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly offlineReplicas: readonly number[];
}

export interface StoppedReplica extends PartitionIdentity {
  /** -2 always applies: the topic is being deleted. */
  readonly leaderEpoch: number;
  readonly deleteLog: boolean;
}

export interface BrokerInfo {
  readonly id: number;
  /** czxid of the registration. */
  readonly epoch: bigint;
  readonly endpoints: readonly BrokerEndpoint[];
  readonly rack: string | null;
  /** `host:port` of the listener between brokers; null for a broker of another make. */
  readonly rpc: string | null;
  /** Names the broker's process for its lifetime; null for a broker of another make. */
  readonly incarnation: string | null;
}

export interface BrokerEndpoint {
  readonly listenerName: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: string;
}

/** The broker's answer to one command. */
export interface CommandReplyMessage {
  readonly kind: "commandReply";
  readonly id: number;
  readonly error: CommandError;
  /** Partitions that did not do what was asked; all others did. */
  readonly partitionErrors: readonly CommandPartitionError[];
}

export type CommandError = "NONE" | "STALE_CONTROLLER_EPOCH" | "STALE_BROKER_EPOCH" | "UNKNOWN_SERVER_ERROR";

export interface CommandPartitionError {
  readonly topic: string;
  readonly partition: number;
  readonly error:
    | "FENCED_LEADER_EPOCH"
    | "STALE_CONTROLLER_EPOCH"
    | "KAFKA_STORAGE_ERROR"
    | "INCONSISTENT_TOPIC_ID"
    | "UNKNOWN_TOPIC_OR_PARTITION"
    | "UNKNOWN_SERVER_ERROR";
}

/** A leader's ISR proposals. They belong to this session and die with it (replication rule 24). */
export interface AlterPartitionMessage {
  readonly kind: "alterPartition";
  /** Unique within the session. 0 to 2^32-1. */
  readonly requestId: number;
  readonly partitions: readonly IsrProposal[];
}

export interface IsrProposal {
  readonly topic: string;
  /** 22 characters, base64url. */
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  /** The partition epoch that the proposal is based on. */
  readonly partitionEpoch: number;
  /** Each proposed member with the broker epoch it acknowledged under (replication rule 26). */
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: bigint }[];
  readonly recovering: boolean;
}

export interface AlterPartitionReplyMessage {
  readonly kind: "alterPartitionReply";
  readonly requestId: number;
  /** For the request as a whole; unless NONE, `partitions` is empty and nothing is settled but by rule 25. */
  readonly error: "NONE" | "NOT_CONTROLLER" | "STALE_BROKER_EPOCH" | "UNKNOWN_SERVER_ERROR";
  /** Epoch of the controller that answers: a success counts only from one at least that of the leader epoch's (replication rule 5). */
  readonly controllerEpoch: number;
  readonly partitions: readonly IsrProposalOutcome[];
}

export interface IsrProposalOutcome {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly error: IsrProposalError;
  /** The state as it stands after the answer, for NONE and INVALID_UPDATE_VERSION; -1, -1, [], -1, false otherwise. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly recovering: boolean;
}

export type IsrProposalError =
  | "NONE"
  | "FENCED_LEADER_EPOCH"
  | "INVALID_UPDATE_VERSION"
  | "INELIGIBLE_REPLICA"
  | "INVALID_REQUEST"
  | "NEW_LEADER_ELECTED"
  | "NOT_CONTROLLER"
  | "OPERATION_NOT_ATTEMPTED"
  | "UNKNOWN_TOPIC_ID"
  | "UNKNOWN_TOPIC_OR_PARTITION"
  | "UNKNOWN_SERVER_ERROR";

/** Asks whether the controller still answers: after a pause of one's own a leader appends nothing until it does (replication rule 18). */
export interface PingMessage {
  readonly kind: "ping";
  /** 0 to 2^32-1. */
  readonly id: number;
}

/** The answer to a ping; only an active controller gives it. */
export interface PongMessage {
  readonly kind: "pong";
  readonly id: number;
  readonly controllerEpoch: number;
}

/** The controller has been without ZooKeeper for `sinceMs`; that counts as silent (replication rule 47). 0: it has contact again. */
export interface WithoutZooKeeper {
  readonly kind: "withoutZooKeeper";
  readonly sinceMs: number;
}
