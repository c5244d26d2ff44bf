import type { TopicCreation } from "../requests";
import { type Rejection, rejection } from "./rejection";
import { type PlaceableBroker, placeReplicas } from "./replica-placement";
import { judgeTopicCollision, judgeTopicName } from "./topic-name";

/** What the controller knows when it judges a creation. */
export interface CreationGround {
  /** Live brokers that may take replicas, sorted by id. */
  readonly brokers: readonly PlaceableBroker[];
  /** Topics that are there, those being deleted included. */
  readonly existingTopics: { has(name: string): boolean } & Iterable<string>;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  /** Two whole numbers in [0, number of brokers), random. */
  readonly startIndex: number;
  readonly shift: number;
}

/** A creation that may be written as it stands. */
export interface TopicPlan {
  readonly error: "NONE";
  readonly name: string;
  /** Replicas by partition. */
  readonly assignment: readonly (readonly number[])[];
  readonly configs: Readonly<Record<string, string>>;
}

/** Kafka's marker for "the broker's default". */
const DEFAULT = -1;

/** Judges a creation by every rule but those of config values, and places the replicas. */
export function planTopicCreation(request: TopicCreation, ground: CreationGround): TopicPlan | Rejection {
  const flaw = judgeTopicName(request.name);
  if (flaw !== null) return flaw;
  if (ground.existingTopics.has(request.name)) {
    return rejection("TOPIC_ALREADY_EXISTS", `Topic '${request.name}' already exists.`);
  }
  const configs = configsOf(request);
  if ("error" in configs) return configs;
  const assignment = assignmentOf(request, ground);
  if ("error" in assignment) return assignment;
  const collision = judgeTopicCollision(request.name, ground.existingTopics);
  if (collision !== null) return collision;
  return { error: "NONE", name: request.name, assignment: assignment.replicas, configs: configs.values };
}

function configsOf(request: TopicCreation): { readonly values: Record<string, string> } | Rejection {
  const missing = request.configs.filter((config) => config.value === null).map((config) => config.name);
  if (missing.length > 0) {
    return rejection("INVALID_CONFIG", `Null value not supported for topic configs: ${missing.join(",")}`);
  }
  return { values: Object.fromEntries(request.configs.map(({ name, value }) => [name, value ?? ""])) };
}

type Replicas = { readonly replicas: readonly (readonly number[])[] };

function assignmentOf(request: TopicCreation, ground: CreationGround): Replicas | Rejection {
  if (request.assignments.length > 0) {
    if (request.partitions !== DEFAULT || request.replicationFactor !== DEFAULT) {
      return rejection(
        "INVALID_REQUEST",
        "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.",
      );
    }
    return checkManualAssignment(request.assignments);
  }
  const placed = placeReplicas({
    brokers: ground.brokers,
    partitions: request.partitions === DEFAULT ? ground.numPartitions : request.partitions,
    replicationFactor:
      request.replicationFactor === DEFAULT ? ground.defaultReplicationFactor : request.replicationFactor,
    firstPartition: 0,
    startIndex: ground.startIndex,
    shift: ground.shift,
  });
  return "error" in placed ? placed : { replicas: placed };
}

/** Brokers that are not there are accepted: their replicas stay outside the ISR until they come. */
function checkManualAssignment(assignments: TopicCreation["assignments"]): Replicas | Rejection {
  const sorted = assignments.toSorted((a, b) => a.partition - b.partition);
  const replicas = sorted.map((assignment) => assignment.replicas);
  const factor = replicas[0]?.length ?? 0;
  if (factor === 0 || replicas.some((list) => list.length !== factor)) {
    return rejection("INVALID_REPLICA_ASSIGNMENT", "All partitions should have the same number of replicas");
  }
  if (replicas.some((list) => new Set(list).size !== list.length)) {
    const shown = sorted.map((a) => `${a.partition} -> [${a.replicas.join(", ")}]`).join(", ");
    return rejection("INVALID_REPLICA_ASSIGNMENT", `Duplicate replica assignment found: ${shown}`);
  }
  if (replicas.some((list) => list.some((id) => id < 0))) {
    return rejection("INVALID_REPLICA_ASSIGNMENT", "Broker ids in a replica assignment must not be negative");
  }
  if (sorted.some((assignment, index) => assignment.partition !== index)) {
    return rejection("INVALID_REPLICA_ASSIGNMENT", "partitions should be a consecutive 0-based integer sequence");
  }
  return { replicas };
}
