import { ottla } from "../../generated/cluster";
import type {
  AlterReassignmentsReply,
  AlterReassignmentsRequest,
  ControlledShutdownReply,
  ControllerCallError,
  ElectionError,
  ElectLeadersReply,
  EpochEnd,
  EpochEndReply,
  EpochEndRequest,
  Evidence,
  ListReassignmentsReply,
  LogEnd,
  LogEndsReply,
  LogEndsRequest,
  ReassignmentError,
  TopicPartition,
} from "../messages/calls";
import type { ClusterCalls } from "../port";
import type { Codec } from "./codec";
import { asBigInt, asNumber, codecOf, fromBigInt, list, type Names, named } from "./values";

import v1 = ottla.cluster.v1;

export type CallName = keyof ClusterCalls<never>;
export type RequestOf<Name extends CallName> = Parameters<ClusterCalls<never>[Name]>[0];
export type ReplyOf<Name extends CallName> = Awaited<ReturnType<ClusterCalls<never>[Name]>>;

export interface CallCodecs<Request, Reply> {
  readonly path: string;
  readonly request: Codec<Request>;
  readonly reply: Codec<Reply>;
}

/** Every call of the port: where it lies in the contract, and its messages. */
export const callCodecs: { readonly [Name in CallName]: CallCodecs<RequestOf<Name>, ReplyOf<Name>> } = {
  controlledShutdown: {
    path: "/ottla.cluster.v1.Controller/ControlledShutdown",
    request: codecOf(v1.ControlledShutdownRequest, incarnationToWire, incarnationFromWire),
    reply: codecOf(
      v1.ControlledShutdownReply,
      ({ error, remaining }: ControlledShutdownReply) => ({ error, remaining: list(remaining) }),
      ({ error, remaining }) => ({ error: controllerCallError(error), remaining: topicPartitions(remaining) }),
    ),
  },
  allocateProducerIds: {
    path: "/ottla.cluster.v1.Controller/AllocateProducerIds",
    request: codecOf(v1.AllocateProducerIdsRequest, incarnationToWire, incarnationFromWire),
    reply: codecOf(
      v1.AllocateProducerIdsReply,
      ({ error, firstProducerId, length }) => ({ error, firstProducerId: fromBigInt(firstProducerId), length }),
      ({ error, firstProducerId, length }) => ({
        error: controllerCallError(error),
        firstProducerId: asBigInt(firstProducerId),
        length: length ?? 0,
      }),
    ),
  },
  electLeaders: {
    path: "/ottla.cluster.v1.Controller/ElectLeaders",
    request: codecOf(
      v1.ElectLeadersRequest,
      ({ electionType, partitions, timeoutMs }) => ({
        electionType: electionType === "unclean" ? v1.ElectionType.UNCLEAN : v1.ElectionType.PREFERRED,
        partitions: optionalListToWire(partitions),
        timeoutMs,
      }),
      ({ electionType, partitions, timeoutMs }) => ({
        electionType: electionType === v1.ElectionType.UNCLEAN ? "unclean" : "preferred",
        partitions: optionalListFromWire(partitions),
        timeoutMs: timeoutMs ?? 0,
      }),
    ),
    reply: codecOf(
      v1.ElectLeadersReply,
      ({ error, partitions }: ElectLeadersReply) => ({ error, partitions: list(partitions) }),
      ({ error, partitions }) => ({
        error: controllerCallError(error),
        partitions: (partitions ?? []).map((outcome) => ({
          ...topicPartition(outcome),
          error: named(ELECTION_ERRORS, outcome.error, "UNKNOWN_SERVER_ERROR"),
          message: outcome.message ?? null,
        })),
      }),
    ),
  },
  alterReassignments: {
    path: "/ottla.cluster.v1.Controller/AlterReassignments",
    request: codecOf(v1.AlterReassignmentsRequest, reassignmentsToWire, reassignmentsFromWire),
    reply: codecOf(
      v1.AlterReassignmentsReply,
      ({ error, message, partitions }: AlterReassignmentsReply) => ({ error, message, partitions: list(partitions) }),
      ({ error, message, partitions }) => ({
        error: controllerCallError(error),
        message: message ?? null,
        partitions: (partitions ?? []).map((outcome) => ({
          ...topicPartition(outcome),
          error: named(REASSIGNMENT_ERRORS, outcome.error, "UNKNOWN_SERVER_ERROR"),
          message: outcome.message ?? null,
        })),
      }),
    ),
  },
  listReassignments: {
    path: "/ottla.cluster.v1.Controller/ListReassignments",
    request: codecOf(
      v1.ListReassignmentsRequest,
      ({ timeoutMs, partitions }) => ({ timeoutMs, partitions: optionalListToWire(partitions) }),
      ({ timeoutMs, partitions }) => ({ timeoutMs: timeoutMs ?? 0, partitions: optionalListFromWire(partitions) }),
    ),
    reply: codecOf(
      v1.ListReassignmentsReply,
      ({ error, message, partitions }: ListReassignmentsReply) => ({
        error,
        message,
        partitions: partitions.map((ongoing) => ({
          ...ongoing,
          replicas: list(ongoing.replicas),
          addingReplicas: list(ongoing.addingReplicas),
          removingReplicas: list(ongoing.removingReplicas),
        })),
      }),
      ({ error, message, partitions }) => ({
        error: controllerCallError(error),
        message: message ?? null,
        partitions: (partitions ?? []).map((ongoing) => ({
          ...topicPartition(ongoing),
          replicas: ongoing.replicas ?? [],
          addingReplicas: ongoing.addingReplicas ?? [],
          removingReplicas: ongoing.removingReplicas ?? [],
        })),
      }),
    ),
  },
  identity: {
    path: "/ottla.cluster.v1.Broker/Identity",
    request: codecOf(
      v1.IdentityRequest,
      () => ({}),
      () => ({}),
    ),
    reply: codecOf(
      v1.IdentityReply,
      ({ brokerEpoch, directoryIds, ...identity }) => ({
        ...identity,
        brokerEpoch: brokerEpoch === null ? null : fromBigInt(brokerEpoch),
        directoryIds: list(directoryIds),
      }),
      ({ brokerId, brokerEpoch, incarnation, directoryIds, controllerEpoch }) => ({
        brokerId: brokerId ?? 0,
        brokerEpoch: brokerEpoch === null || brokerEpoch === undefined ? null : asBigInt(brokerEpoch),
        incarnation: incarnation ?? "",
        directoryIds: directoryIds ?? [],
        controllerEpoch: controllerEpoch ?? null,
      }),
    ),
  },
  evidence: {
    path: "/ottla.cluster.v1.Broker/Evidence",
    request: codecOf(
      v1.EvidenceRequest,
      (request) => request,
      ({ controllerId, controllerEpoch, controllerIncarnation }) => ({
        controllerId: controllerId ?? 0,
        controllerEpoch: controllerEpoch ?? 0,
        controllerIncarnation: controllerIncarnation ?? "",
      }),
    ),
    reply: codecOf(
      v1.EvidenceReply,
      ({ found, proof }: Evidence) => ({ found: FINDINGS[found], proof }),
      ({ found, proof }) => ({ found: findingOf(found), proof: proof ?? false }),
    ),
  },
  epochEnd: {
    path: "/ottla.cluster.v1.Broker/EpochEnd",
    request: codecOf(
      v1.EpochEndRequest,
      ({ partitions }: EpochEndRequest) => ({ partitions: list(partitions) }),
      ({ partitions }) => ({
        partitions: (partitions ?? []).map((question) => ({
          topicId: question.topicId ?? "",
          partition: question.partition ?? 0,
          currentLeaderEpoch: question.currentLeaderEpoch ?? 0,
          leaderEpoch: question.leaderEpoch ?? 0,
        })),
      }),
    ),
    reply: codecOf(
      v1.EpochEndReply,
      ({ partitions }: EpochEndReply) => ({ partitions: list(partitions) }),
      ({ partitions }) => ({
        partitions: (partitions ?? []).map((end) => ({
          topicId: end.topicId ?? "",
          partition: end.partition ?? 0,
          error: named(EPOCH_END_ERRORS, end.error, "UNKNOWN_SERVER_ERROR"),
          leaderEpoch: end.leaderEpoch ?? 0,
          endOffset: asNumber(end.endOffset),
        })),
      }),
    ),
  },
  logEnds: {
    path: "/ottla.cluster.v1.Broker/LogEnds",
    request: codecOf(
      v1.LogEndsRequest,
      ({ partitions }: LogEndsRequest) => ({ partitions: list(partitions) }),
      ({ partitions }) => ({
        partitions: (partitions ?? []).map(({ topicId, partition }) => ({
          topicId: topicId ?? "",
          partition: partition ?? 0,
        })),
      }),
    ),
    reply: codecOf(
      v1.LogEndsReply,
      ({ partitions }: LogEndsReply) => ({ partitions: list(partitions) }),
      ({ partitions }) => ({
        partitions: (partitions ?? []).map((end) => ({
          topicId: end.topicId ?? "",
          partition: end.partition ?? 0,
          error: named(LOG_END_ERRORS, end.error, "UNKNOWN_SERVER_ERROR"),
          lastEpoch: end.lastEpoch ?? 0,
          logEndOffset: asNumber(end.logEndOffset),
          logStartOffset: asNumber(end.logStartOffset),
        })),
      }),
    ),
  },
};

interface Incarnation {
  readonly brokerId: number;
  readonly brokerEpoch: bigint;
}

function incarnationToWire({ brokerId, brokerEpoch }: Incarnation): v1.ControlledShutdownRequest.$Properties {
  return { brokerId, brokerEpoch: fromBigInt(brokerEpoch) };
}

function incarnationFromWire({ brokerId, brokerEpoch }: v1.ControlledShutdownRequest.$Properties): Incarnation {
  return { brokerId: brokerId ?? 0, brokerEpoch: asBigInt(brokerEpoch) };
}

function reassignmentsToWire({
  timeoutMs,
  partitions,
}: AlterReassignmentsRequest): v1.AlterReassignmentsRequest.$Properties {
  return {
    timeoutMs,
    partitions: partitions.map(({ topic, partition, replicas }) => ({
      topic,
      partition,
      replicas: replicas === null ? null : { brokerIds: list(replicas) },
    })),
  };
}

function reassignmentsFromWire({
  timeoutMs,
  partitions,
}: v1.AlterReassignmentsRequest.$Properties): AlterReassignmentsRequest {
  return {
    timeoutMs: timeoutMs ?? 0,
    partitions: (partitions ?? []).map((target) => ({
      ...topicPartition(target),
      replicas: target.replicas ? (target.replicas.brokerIds ?? []) : null,
    })),
  };
}

function optionalListToWire(partitions: readonly TopicPartition[] | null): v1.TopicPartitionList.$Properties | null {
  return partitions === null ? null : { partitions: list(partitions) };
}

function optionalListFromWire(
  partitions: v1.TopicPartitionList.$Properties | null | undefined,
): readonly TopicPartition[] | null {
  return partitions ? topicPartitions(partitions.partitions) : null;
}

function topicPartitions(partitions: v1.TopicPartition.$Properties[] | null | undefined): TopicPartition[] {
  return (partitions ?? []).map(topicPartition);
}

function topicPartition({ topic, partition }: v1.TopicPartition.$Properties): TopicPartition {
  return { topic: topic ?? "", partition: partition ?? 0 };
}

const { Finding } = v1.EvidenceReply;

const FINDINGS: Readonly<Record<Evidence["found"], v1.EvidenceReply.Finding>> = {
  unknown: Finding.UNKNOWN,
  gone: Finding.GONE,
  silent: Finding.SILENT,
  alive: Finding.ALIVE,
};

/** What a newer broker may find reads as nothing established. */
function findingOf(value: v1.EvidenceReply.Finding | null | undefined): Evidence["found"] {
  if (value === Finding.GONE) return "gone";
  if (value === Finding.SILENT) return "silent";
  return value === Finding.ALIVE ? "alive" : "unknown";
}

function controllerCallError(name: string | null | undefined): ControllerCallError {
  return named(CONTROLLER_CALL_ERRORS, name, "UNKNOWN_SERVER_ERROR");
}

const CONTROLLER_CALL_ERRORS: Names<ControllerCallError> = {
  NONE: true,
  NOT_CONTROLLER: true,
  STALE_BROKER_EPOCH: true,
  BROKER_NOT_AVAILABLE: true,
  REQUEST_TIMED_OUT: true,
  INVALID_REQUEST: true,
  UNKNOWN_SERVER_ERROR: true,
};

const ELECTION_ERRORS: Names<ElectionError> = {
  NONE: true,
  PREFERRED_LEADER_NOT_AVAILABLE: true,
  ELIGIBLE_LEADERS_NOT_AVAILABLE: true,
  ELECTION_NOT_NEEDED: true,
  INVALID_TOPIC_EXCEPTION: true,
  UNKNOWN_TOPIC_OR_PARTITION: true,
  LEADER_NOT_AVAILABLE: true,
  NOT_CONTROLLER: true,
  REQUEST_TIMED_OUT: true,
  UNKNOWN_SERVER_ERROR: true,
};

const REASSIGNMENT_ERRORS: Names<ReassignmentError> = {
  NONE: true,
  NO_REASSIGNMENT_IN_PROGRESS: true,
  INVALID_REPLICA_ASSIGNMENT: true,
  INVALID_REPLICATION_FACTOR: true,
  INVALID_TOPIC_EXCEPTION: true,
  UNKNOWN_TOPIC_OR_PARTITION: true,
  REASSIGNMENT_IN_PROGRESS: true,
  NOT_CONTROLLER: true,
  REQUEST_TIMED_OUT: true,
  UNKNOWN_SERVER_ERROR: true,
};

const EPOCH_END_ERRORS: Names<EpochEnd["error"]> = {
  NONE: true,
  FENCED_LEADER_EPOCH: true,
  UNKNOWN_LEADER_EPOCH: true,
  NOT_LEADER_OR_FOLLOWER: true,
  UNKNOWN_TOPIC_ID: true,
  KAFKA_STORAGE_ERROR: true,
  UNKNOWN_SERVER_ERROR: true,
};

const LOG_END_ERRORS: Names<LogEnd["error"]> = {
  NONE: true,
  UNKNOWN_TOPIC_ID: true,
  KAFKA_STORAGE_ERROR: true,
  UNKNOWN_SERVER_ERROR: true,
};
