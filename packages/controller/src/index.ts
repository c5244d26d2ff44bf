export {
  type BrokerChannel,
  type BrokerCommand,
  type BrokerEndpoint,
  type BrokerInfo,
  type BrokerReply,
  type CommandHeader,
  EPOCH_DURING_DELETE,
  LEADER_DURING_DELETE,
  type LeaderAndIsrCommand,
  NO_LEADER,
  type PartitionAssignment,
  type PartitionError,
  type PartitionIdentity,
  type PartitionMetadata,
  type StoppedReplica,
  type StopReplicaCommand,
  type UpdateMetadataCommand,
} from "./broker-channel";
export type { BrokerPeers, ControllerIdentity, Evidence, LogEnd } from "./broker-peers";
export type { BrokerProbe, ProbeFinding, ProbeTarget, ProcessIdentity } from "./broker-probe";
export {
  type ConfigEntity,
  type ConfigListener,
  type ConfigOverrides,
  ConfigStore,
  DEFAULT_ENTITY,
} from "./config-store";
export { Controller, type ControllerOptions } from "./controller";
export type { ControllerSession, SessionHello, SessionPeer, SessionRefused } from "./controller-session";
export type {
  AlterPartitionOutcome,
  AlterPartitionReply,
  AlterPartitionRequest,
  IsrProposal,
  ProposedMember,
} from "./isr-proposal";
export type {
  ControlledShutdownOutcome,
  LeaderElectionOutcome,
  LeaderElectionRequest,
  OngoingReassignment,
  PartitionName,
  ReassignmentList,
  ReassignmentOutcome,
  ReassignmentRequest,
} from "./leadership-requests";
export {
  type Outcome,
  type PartitionIncrease,
  type PartitionIncreaseOutcome,
  type ProducerIdBlockOutcome,
  type RequestError,
  type RequestOptions,
  type TopicCreation,
  type TopicCreationOutcome,
  type TopicDeletion,
  type TopicDeletionOutcome,
  ZERO_TOPIC_ID,
} from "./requests";
export type { ControllerConfig } from "./term-context";
