import { CoordinationError, deleteTopic, entityConfig, type Operation, topic as topicNode } from "@ottla/coordination";
import { randomUuid } from "@ottla/runtime";
import { planPartitionIncrease } from "./decisions/partition-increase";
import { type Rejection, rejection } from "./decisions/rejection";
import type { PlaceableBroker } from "./decisions/replica-placement";
import { planTopicCreation, type TopicPlan } from "./decisions/topic-creation";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import {
  type PartitionIncrease,
  type PartitionIncreaseOutcome,
  type RequestOptions,
  type TopicCreation,
  type TopicCreationOutcome,
  type TopicDeletion,
  type TopicDeletionOutcome,
  ZERO_TOPIC_ID,
} from "./requests";
import type { TermContext } from "./term-context";
import type { TopicDeletions } from "./topic-deletions";

const ATTEMPTS_MAX = 3;

/** Judges topic configs; null when they are sound. The message goes to the client. */
export type TopicConfigJudge = (
  configs: Readonly<Record<string, string>>,
) => { readonly error: "INVALID_CONFIG" | "POLICY_VIOLATION"; readonly message: string } | null;

/**
 * What clients ask for: checks each item and writes what it takes. The watches that the writes trip do the rest, so that a topic which
 * another tool has made, and one of ours, go the same way.
 */
export class TopicRequests {
  constructor(
    private readonly term: TermContext,
    private readonly deletions: TopicDeletions,
    private readonly judgeConfigs: TopicConfigJudge,
  ) {}

  create(requests: readonly TopicCreation[], options: RequestOptions): Promise<TopicCreationOutcome[]> {
    const counts = countsOf(requests.map((request) => request.name));
    return inFlight(REQUESTS_IN_FLIGHT, requests, async (request) => {
      if ((counts.get(request.name) ?? 0) > 1) {
        return notCreated(request.name, rejection("INVALID_REQUEST", "Found multiple entries for this topic."));
      }
      const plan = this.plan(request);
      if (plan.error !== "NONE") return notCreated(request.name, plan);
      const topicId = options.validateOnly === true ? ZERO_TOPIC_ID : randomUuid(this.term.random);
      const refusal = options.validateOnly === true ? null : await this.writeTopic(plan, topicId);
      if (refusal !== null) return notCreated(request.name, refusal);
      return {
        name: request.name,
        error: "NONE",
        message: null,
        topicId,
        partitions: plan.assignment.length,
        replicationFactor: plan.assignment[0]?.length ?? 0,
      };
    });
  }

  increase(requests: readonly PartitionIncrease[], options: RequestOptions): Promise<PartitionIncreaseOutcome[]> {
    const counts = countsOf(requests.map((request) => request.name));
    return inFlight(REQUESTS_IN_FLIGHT, requests, async (request) => {
      const { name } = request;
      if ((counts.get(name) ?? 0) > 1) {
        return { name, ...rejection("INVALID_REQUEST", "Duplicate topic in request.") };
      }
      const refusal = await this.increaseOne(request, options);
      return { name, ...(refusal ?? { error: "NONE", message: null }) };
    });
  }

  delete(requests: readonly TopicDeletion[]): Promise<TopicDeletionOutcome[]> {
    return inFlight(REQUESTS_IN_FLIGHT, requests, async (request) => {
      const { state, config } = this.term;
      const topic = "name" in request ? state.topics.get(request.name) : state.topicById(request.topicId);
      const name = topic?.name ?? ("name" in request ? request.name : null);
      const topicId = topic?.topicId ?? ("topicId" in request ? request.topicId : ZERO_TOPIC_ID);
      if (topic === undefined) {
        const error = "name" in request ? "UNKNOWN_TOPIC_OR_PARTITION" : "UNKNOWN_TOPIC_ID";
        return { name, topicId, error, message: null };
      }
      if (!config.deleteTopicEnable) return { name, topicId, error: "TOPIC_DELETION_DISABLED", message: null };
      // A mark that is there already is as good as ours.
      await this.term.writes.multi([{ kind: "create", path: deleteTopic.path(topic.name), data: null }]);
      return { name, topicId, error: "NONE", message: null };
    });
  }

  private plan(request: TopicCreation): TopicPlan | Rejection {
    const { state, config, random } = this.term;
    const brokers = this.placeableBrokers();
    const bound = Math.max(1, brokers.length);
    const plan = planTopicCreation(request, {
      brokers,
      existingTopics: { has: (name) => state.topics.has(name), [Symbol.iterator]: () => state.topics.keys() },
      numPartitions: config.numPartitions,
      defaultReplicationFactor: config.defaultReplicationFactor,
      startIndex: random.below(bound),
      shift: random.below(bound),
    });
    if (plan.error !== "NONE") return plan;
    return this.judgeConfigs(plan.configs) ?? plan;
  }

  private placeableBrokers(): PlaceableBroker[] {
    const { state } = this.term;
    return state
      .brokerInfos()
      .filter(({ id }) => !state.isSuspected(id) && !state.isNow(state.leaving, id))
      .map(({ id, rack }) => ({ id, rack }));
  }

  /**
   * Writes config and topic in one, so that neither an expired session nor a deposed controller leaves half a topic behind.
   *
   * @returns null when the topic is there
   */
  private async writeTopic(plan: TopicPlan, topicId: string): Promise<Rejection | null> {
    const path = topicNode.path(plan.name);
    const configPath = entityConfig.path({ kind: "topic", name: plan.name });
    const config = entityConfig.encode(new Map(Object.entries(plan.configs)));
    const create: Operation = {
      kind: "create",
      path,
      data: topicNode.encode({
        topicId,
        partitions: new Map(plan.assignment.entries()),
        addingReplicas: new Map(),
        removingReplicas: new Map(),
      }),
    };
    let configOperation: Operation = { kind: "create", path: configPath, data: config };
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        const outcome = await this.term.writes.multi([configOperation, create]);
        if (outcome.done) return null;
        if (outcome.index === 0 && outcome.code === "NODE_EXISTS") {
          // Configs without a topic: somebody else was interrupted, and the topic begins with its own. Should the topic be there
          // after all, its creation fails, and with it this.
          configOperation = { kind: "set", path: configPath, data: config, expectedVersion: null };
          continue;
        }
        if (outcome.code === "NODE_EXISTS") return alreadyExists(plan.name);
        this.term.logger.error("a topic could not be written", { topic: plan.name, code: outcome.code });
        return rejection("UNKNOWN_SERVER_ERROR", null);
      } catch (failure) {
        if (!isConnectionLoss(failure)) throw failure;
        // Nobody else can have made a topic with this id.
        const node = await this.term.coordination.get(path);
        if (node !== null) {
          return topicNode.decode(node.data, path).topicId === topicId ? null : alreadyExists(plan.name);
        }
      }
    }
    return rejection("REQUEST_TIMED_OUT", null);
  }

  private async increaseOne(request: PartitionIncrease, options: RequestOptions): Promise<Rejection | null> {
    const { name } = request;
    const path = topicNode.path(name);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const node = await this.term.coordination.get(path);
      if (node === null) return rejection("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${name}' does not exist.`);
      if (this.deletions.has(name)) {
        return rejection("INVALID_TOPIC_EXCEPTION", "The topic is queued for deletion.");
      }
      const content = topicNode.decode(node.data, path);
      const present = [...content.partitions].toSorted(([a], [b]) => a - b).map(([, replicas]) => replicas);
      const plan = planPartitionIncrease(request, {
        brokers: this.placeableBrokers(),
        present,
        reassignmentRunning: content.addingReplicas.size > 0 || content.removingReplicas.size > 0,
      });
      if (plan.error !== "NONE") return plan;
      if (options.validateOnly === true) return null;
      const partitions = new Map([
        ...content.partitions,
        ...plan.added.map((replicas, index) => [present.length + index, replicas] as const),
      ]);
      const data = topicNode.encode({ ...content, partitions });
      const outcome = await this.term.writes.multi([{ kind: "set", path, data, expectedVersion: node.stat.version }]);
      if (outcome.done) return null;
    }
    return rejection("REQUEST_TIMED_OUT", null);
  }
}

function alreadyExists(name: string): Rejection {
  return rejection("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`);
}

function notCreated(name: string, { error, message }: Rejection): TopicCreationOutcome {
  return { name, error, message, topicId: ZERO_TOPIC_ID, partitions: -1, replicationFactor: -1 };
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function isConnectionLoss(failure: unknown): boolean {
  return failure instanceof CoordinationError && failure.code === "CONNECTION_LOSS";
}
