import {
  type Api,
  consumerProtocolAssignment,
  decodeVersioned,
  deleteGroups,
  describeGroups,
  type ErrorName,
  type Fields,
  findCoordinator,
  type InputOf,
  listGroups,
  MalformedMessage,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  type ValueOf,
} from "@ottla/protocol";
import type { ClusterClient } from "../cluster/cluster-client";
import { byTopic, formatTopicPartition, type TopicPartition } from "../cluster/topic-partition";
import { KafkaError, throwUnlessNone } from "../kafka-error";
import { type Outcome, outcomeOf } from "./outcome";

export interface GroupListing {
  readonly groupId: string;
  /** `consumer` for consumers; empty for a group that only stores offsets. */
  readonly protocolType: string;
  /** Such as `Stable`; empty where the brokers are too old to say. */
  readonly state: string;
}

export interface GroupDescription {
  readonly groupId: string;
  /** `Dead` where there is no such group. */
  readonly state: string;
  readonly protocolType: string;
  /** The assignor that the group agreed on; empty unless it is stable. */
  readonly assignor: string;
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number };
  readonly members: readonly GroupMemberDescription[];
}

export interface GroupMemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** As brokers write it: `/10.0.0.5`. */
  readonly host: string;
  /** What a consumer owns; empty for members of other kinds. */
  readonly assignment: readonly TopicPartition[];
}

export interface GroupOffset extends TopicPartition {
  readonly offset: number;
  /** Of the last record consumed; -1 when it was not said. */
  readonly leaderEpoch: number;
  readonly metadata: string;
}

interface CallOptions {
  /** For the operation with its retries; the cluster's `apiTimeoutMs` by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Lists, describes and deletes consumer groups, and reads and changes what they have committed. */
export class GroupAdmin {
  /** @param cluster stays the caller's to close */
  constructor(private readonly cluster: ClusterClient) {}

  /** Every group, in the order of their names. Each broker knows its own. */
  async listGroups(options: CallOptions = {}): Promise<GroupListing[]> {
    return this.cluster.retry("listing groups", options, async () => {
      const { brokers } = await this.cluster.fetchMetadata([], options);
      const found = new Map<string, GroupListing>();
      await Promise.all(
        [...brokers.values()].map(async ({ nodeId }) => {
          const answer = await this.cluster.request(nodeId, listGroups, {}, options);
          throwUnlessNone(answer.errorCode, `groups of broker ${nodeId}`);
          for (const { groupId, protocolType, groupState } of answer.groups) {
            found.set(groupId, { groupId, protocolType, state: groupState });
          }
        }),
      );
      return [...found.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
    });
  }

  /** @throws KafkaError */
  async describeGroup(groupId: string, options: CallOptions = {}): Promise<GroupDescription> {
    return this.cluster.retry(`describing group ${groupId}`, options, async () => {
      const coordinator = await this.coordinatorOf(groupId, options);
      const answer = await this.cluster.request(coordinator.nodeId, describeGroups, { groups: [groupId] }, options);
      const [group] = answer.groups;
      throwUnlessNone(group?.errorCode ?? "UNKNOWN_SERVER_ERROR", `group ${groupId}`);
      return {
        groupId,
        state: group?.groupState ?? "Dead",
        protocolType: group?.protocolType ?? "",
        assignor: group?.protocolData ?? "",
        coordinator,
        members: (group?.members ?? []).map((member) => ({
          memberId: member.memberId,
          groupInstanceId: member.groupInstanceId,
          clientId: member.clientId,
          host: member.clientHost,
          assignment: assignmentIn(member.memberAssignment),
        })),
      };
    });
  }

  /** What the group has committed, by topic and partition. @throws KafkaError */
  async committedOffsets(groupId: string, options: CallOptions = {}): Promise<GroupOffset[]> {
    return this.atCoordinator(groupId, "reading the offsets of", options, async (send) => {
      const answer = await send(offsetFetch, { groupId, topics: null }, SINGLE_GROUP_VERSION);
      throwUnlessNone(answer.errorCode, `group ${groupId}`);
      const found = answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata }) => ({
          topic: name,
          partition: partitionIndex,
          offset: Number(committedOffset),
          leaderEpoch: committedLeaderEpoch,
          metadata: metadata ?? "",
        })),
      );
      return found.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
    });
  }

  /** Sets offsets of a group without members. @throws KafkaError of the first partition that failed */
  async commitOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
    options: CallOptions = {},
  ): Promise<void> {
    await this.atCoordinator(groupId, "setting the offsets of", options, async (send) => {
      const topics = [...byTopic(offsets)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedMetadata: "",
        })),
      }));
      const answer = await send(offsetCommit, { groupId, topics });
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, errorCode } of partitions) {
          throwUnlessNone(errorCode, formatTopicPartition({ topic: name, partition: partitionIndex }));
        }
      }
    });
  }

  /** Deletes a group without members, with its offsets. @throws KafkaError such as NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND */
  async deleteGroup(groupId: string, options: CallOptions = {}): Promise<void> {
    await this.atCoordinator(groupId, "deleting", options, async (send) => {
      const answer = await send(deleteGroups, { groupsNames: [groupId] });
      throwUnlessNone(answer.results[0]?.errorCode ?? "UNKNOWN_SERVER_ERROR", `group ${groupId}`);
    });
  }

  /** Forgets committed offsets. @returns an outcome for each partition. @throws KafkaError for the whole group */
  async deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    options: CallOptions = {},
  ): Promise<(TopicPartition & Outcome)[]> {
    return this.atCoordinator(groupId, "deleting offsets of", options, async (send) => {
      const topics = [...byTopic(partitions)].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition }) => ({ partitionIndex: partition })),
      }));
      const answer = await send(offsetDelete, { groupId, topics });
      throwUnlessNone(answer.errorCode, `group ${groupId}`);
      return answer.topics.flatMap(({ name, partitions: answers }) =>
        answers.map(({ partitionIndex, errorCode }) => {
          const at = { topic: name, partition: partitionIndex };
          const what = formatTopicPartition(at);
          return { ...at, ...outcomeOf(what, what, errorCode, null) };
        }),
      );
    });
  }

  private atCoordinator<T>(
    groupId: string,
    doing: string,
    options: CallOptions,
    work: (send: SendToCoordinator) => Promise<T>,
  ): Promise<T> {
    return this.cluster.retry(`${doing} group ${groupId}`, options, async () => {
      const { nodeId } = await this.coordinatorOf(groupId, options);
      return work((api, request, versionMax) =>
        this.cluster.request(nodeId, api, request, versionMax === undefined ? options : { ...options, versionMax }),
      );
    });
  }

  private async coordinatorOf(groupId: string, options: CallOptions): Promise<GroupDescription["coordinator"]> {
    const request = { key: groupId, keyType: GROUP_KEY_TYPE };
    const answer = await this.cluster.request("any", findCoordinator, request, {
      ...options,
      versionMax: SINGLE_KEY_VERSION,
    });
    const error: ErrorName = answer.errorCode;
    throwUnlessNone(error, `coordinator of group ${groupId}`, answer.errorMessage);
    // Requests go to brokers by their ids.
    const known = this.cluster.metadata.brokers.has(answer.nodeId);
    if (!known) {
      await this.cluster.fetchMetadata([], options);
      if (!this.cluster.metadata.brokers.has(answer.nodeId))
        throw new KafkaError("COORDINATOR_NOT_AVAILABLE", `group ${groupId}`);
    }
    return { nodeId: answer.nodeId, host: answer.host, port: answer.port };
  }
}

type SendToCoordinator = <Req extends Fields, Res extends Fields>(
  api: Api<Req, Res>,
  request: InputOf<Req>,
  versionMax?: number,
) => Promise<ValueOf<Res>>;

const GROUP_KEY_TYPE = 0;
/** The last versions of FindCoordinator and OffsetFetch that ask for one group. */
const SINGLE_KEY_VERSION = 3;
const SINGLE_GROUP_VERSION = 7;

function assignmentIn(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  try {
    const { value } = decodeVersioned(consumerProtocolAssignment, bytes, { newer: "as-newest" });
    return value.assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
  } catch (failure) {
    // A member of another kind than a consumer: what it was given means nothing here.
    if (failure instanceof MalformedMessage) return [];
    throw failure;
  }
}
