import type {
  ClusterServices,
  ControllerCallError,
  ElectionError,
  Identity,
  ReassignmentError,
  ReplicationStream,
  SessionStream,
} from "@ottla/cluster-rpc";
import type { Controller } from "@ottla/controller";
import type { PartitionManager } from "../partitions/partition-manager";
import type { SessionServer } from "./session-server";

/** What stands behind the door once the broker has started far enough. */
export interface BehindTheDoor {
  readonly controller: Controller;
  readonly sessions: SessionServer;
  readonly partitions: PartitionManager;
  readonly replication: { accept(stream: ReplicationStream): void };
  readonly brokerEpoch: () => bigint;
}

export interface ClusterDoorOptions {
  readonly brokerId: number;
  /** Names this process for its lifetime. */
  readonly incarnation: string;
  readonly directoryIds: readonly string[];
}

/**
 * What this broker answers to others. It listens before the broker registers (replication rule 39), so it can say from the first moment who
 * is here; everything else begins with `open`.
 */
export class ClusterDoor implements ClusterServices {
  private behind: BehindTheDoor | null = null;

  constructor(private readonly options: ClusterDoorOptions) {}

  open(behind: BehindTheDoor): void {
    this.behind = behind;
  }

  replicate(stream: ReplicationStream): void {
    if (this.behind === null) stream.close("starting");
    else this.behind.replication.accept(stream);
  }

  session(stream: SessionStream): void {
    if (this.behind === null) stream.close("starting");
    else this.behind.sessions.accept(stream);
  }

  identity(): Promise<Identity> {
    const { brokerId, incarnation, directoryIds } = this.options;
    const controllerEpoch = this.behind?.controller.isActive ? this.behind.controller.epoch : null;
    const brokerEpoch = this.behind?.brokerEpoch() ?? null;
    return Promise.resolve({ brokerId, brokerEpoch, incarnation, directoryIds, controllerEpoch });
  }

  readonly evidence: ClusterServices["evidence"] = async ({ controllerId, controllerEpoch, controllerIncarnation }) =>
    this.behind?.controller.evidenceAbout({ controllerId, controllerEpoch, incarnation: controllerIncarnation }) ??
    ({ found: "unknown", proof: false } as const);

  readonly logEnds: ClusterServices["logEnds"] = async ({ partitions }) => ({
    partitions: partitions.map(({ topicId, partition }) => {
      const end = this.behind?.partitions.logEnd(topicId, partition) ?? null;
      return end === null
        ? { topicId, partition, error: "UNKNOWN_TOPIC_ID", lastEpoch: -1, logEndOffset: -1, logStartOffset: -1 }
        : { topicId, partition, error: "NONE", logStartOffset: -1, ...end };
    }),
  });

  readonly epochEnd: ClusterServices["epochEnd"] = async ({ partitions }) => ({
    partitions: partitions.map((question) => {
      const { topicId, partition: index, leaderEpoch, currentLeaderEpoch } = question;
      const failed = (error: "UNKNOWN_TOPIC_ID" | "NOT_LEADER_OR_FOLLOWER") =>
        ({ topicId, partition: index, error, leaderEpoch: -1, endOffset: -1 }) as const;
      const partition = this.behind?.partitions.byTopicId(topicId, index);
      if (partition === undefined) return failed("UNKNOWN_TOPIC_ID");
      const error = partition.check(currentLeaderEpoch);
      if (error !== "NONE") return { ...failed("NOT_LEADER_OR_FOLLOWER"), error };
      const { epoch, endOffset } = partition.log.endOffsetFor(leaderEpoch);
      return { topicId, partition: index, error: "NONE", leaderEpoch: epoch, endOffset };
    }),
  });

  readonly controlledShutdown: ClusterServices["controlledShutdown"] = async (request, { signal }) => {
    if (this.behind === null) return { error: "NOT_CONTROLLER", remaining: [] };
    const outcome = await this.behind.controller.controlledShutdown(request.brokerId, request.brokerEpoch, signal);
    if (outcome.error !== "NONE") return { error: outcome.error, remaining: [] };
    return { error: "NONE", remaining: outcome.remaining.map(({ topic, partition }) => ({ topic, partition })) };
  };

  readonly allocateProducerIds: ClusterServices["allocateProducerIds"] = async (request, { signal }) => {
    if (this.behind === null) return { error: "NOT_CONTROLLER", firstProducerId: -1n, length: 0 };
    const outcome = await this.behind.controller.allocateProducerIds(request.brokerId, request.brokerEpoch, signal);
    return outcome.error === "NONE" ? outcome : { error: outcome.error, firstProducerId: -1n, length: 0 };
  };

  readonly electLeaders: ClusterServices["electLeaders"] = async (request, { signal }) => {
    if (!this.behind?.controller.isActive) return { error: "NOT_CONTROLLER", partitions: [] };
    const { electionType: kind, partitions, timeoutMs } = request;
    const outcomes = await this.behind.controller.electLeaders({ kind, partitions }, { timeoutMs }, signal);
    return {
      error: "NONE",
      partitions: outcomes.map(({ topic, partition, error, message }) => ({
        topic,
        partition,
        error: nameIn(ELECTION_ERRORS, error),
        message,
      })),
    };
  };

  readonly alterReassignments: ClusterServices["alterReassignments"] = async (request, { signal }) => {
    if (!this.behind?.controller.isActive) return { error: "NOT_CONTROLLER", message: null, partitions: [] };
    const { partitions, timeoutMs } = request;
    const outcomes = await this.behind.controller.alterPartitionReassignments(partitions, { timeoutMs }, signal);
    return {
      error: "NONE",
      message: null,
      partitions: outcomes.map(({ topic, partition, error, message }) => ({
        topic,
        partition,
        error: nameIn(REASSIGNMENT_ERRORS, error),
        message,
      })),
    };
  };

  readonly listReassignments: ClusterServices["listReassignments"] = async (request, { signal }) => {
    const failed = (error: ControllerCallError) => ({ error, message: null, partitions: [] });
    if (this.behind === null) return failed("NOT_CONTROLLER");
    const outcome = await this.behind.controller.listPartitionReassignments(request.partitions, signal);
    if (outcome.error !== "NONE") return failed(outcome.error);
    return {
      error: "NONE",
      message: null,
      partitions: outcome.reassignments.map(({ topic, partition, replicas, adding, removing }) => ({
        topic,
        partition,
        replicas,
        addingReplicas: adding,
        removingReplicas: removing,
      })),
    };
  };
}

function nameIn<E extends string>(names: readonly E[], error: string): E | "UNKNOWN_SERVER_ERROR" {
  return names.find((name) => name === error) ?? "UNKNOWN_SERVER_ERROR";
}

const ELECTION_ERRORS: readonly ElectionError[] = [
  "NONE",
  "PREFERRED_LEADER_NOT_AVAILABLE",
  "ELIGIBLE_LEADERS_NOT_AVAILABLE",
  "ELECTION_NOT_NEEDED",
  "INVALID_TOPIC_EXCEPTION",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_CONTROLLER",
  "REQUEST_TIMED_OUT",
];

const REASSIGNMENT_ERRORS: readonly ReassignmentError[] = [
  "NONE",
  "NO_REASSIGNMENT_IN_PROGRESS",
  "INVALID_REPLICA_ASSIGNMENT",
  "INVALID_REPLICATION_FACTOR",
  "INVALID_TOPIC_EXCEPTION",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "REASSIGNMENT_IN_PROGRESS",
  "NOT_CONTROLLER",
  "REQUEST_TIMED_OUT",
];
