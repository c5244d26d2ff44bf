import type { Admin, ClusterDescription, Outcome, TopicMetadata } from "@ottla/client";
import type { Io } from "../io";
import { keyValues } from "../options/key-value";
import { missing, type ParsedOptions } from "../options/option-table";
import { INTERNAL, topicFilter } from "../options/topic-filter";
import { UsageError } from "../options/usage-error";
import { replicaAssignment } from "./replica-assignment";
import {
  descriptionJson,
  type HealthFilter,
  partitionLine,
  partitionsWith,
  summaryLine,
  type TopicDescription,
} from "./topic-description";

/** The command cannot be carried out; the message is what Kafka's tool says. */
export class TopicCommandError extends Error {
  override readonly name = "TopicCommandError";
}

export type TopicAction = (admin: Admin, options: ParsedOptions, io: Io) => Promise<void>;

export const createTopic: TopicAction = async (admin, options, io) => {
  const name = options.required("topic");
  options.excludes("replica-assignment", "partitions", "replication-factor");
  if (/[._]/.test(name))
    io.stderr.write(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    );
  const assignment = options.get("replica-assignment");
  const [outcome] = await admin.createTopics([
    {
      name,
      partitions: options.integer("partitions", 1),
      replicationFactor: options.integer("replication-factor", 1),
      assignment: assignment === undefined ? undefined : replicaAssignment(assignment),
      configs: Object.fromEntries(keyValues("config", options.all("config"))),
    },
  ]);
  const exists = outcome?.error?.name === "TOPIC_ALREADY_EXISTS" && options.has("if-not-exists");
  if (!exists) throwIfFailed(outcome);
  if (options.has("json")) writeJson(io, { topic: name, created: !exists });
  else if (!exists) io.stdout.write(`Created topic ${name}.\n`);
};

export const listTopics: TopicAction = async (admin, options, io) => {
  const names = (await matching(admin, options)).map(({ name }) => name);
  if (options.has("json")) writeJson(io, names);
  else for (const name of names) io.stdout.write(`${name}\n`);
};

export const describeTopics: TopicAction = async (admin, options, io) => {
  const filters = [...HEALTH_FILTERS.keys()].filter((name) => options.has(name));
  if (filters.length > 1) options.excludes(filters[0]!, filters[1]!);
  const [filterName] = filters;
  const filter = filterName === undefined ? null : HEALTH_FILTERS.get(filterName)!;
  const topics = await described(admin, options);
  const cluster = await admin.describeCluster();
  const live = new Set(cluster.brokers.map(({ nodeId }) => nodeId));
  const reassignments = await admin.listReassignments(topics);
  const shown: unknown[] = [];
  for (const topic of topics) {
    const all = await admin.describeConfigs({ type: "topic", name: topic.name });
    const description: TopicDescription = {
      topic,
      configs: all.filter(({ source }) => source !== "default"),
      reassignments: reassignments.filter((one) => one.topic === topic.name),
    };
    const minInSync = Number(all.find(({ name }) => name === "min.insync.replicas")?.value ?? 1);
    const partitions = partitionsWith(description, filter, live, minInSync);
    const overridesOnly = options.has("topics-with-overrides");
    if (overridesOnly && description.configs.length === 0) continue;
    if (filter !== null && partitions.length === 0) continue;
    if (options.has("json")) {
      shown.push(descriptionJson(description, overridesOnly ? [] : partitions));
      continue;
    }
    if (filter === null) io.stdout.write(`${summaryLine(description)}\n`);
    if (!overridesOnly)
      io.stdout.write(partitions.map((partition) => `${partitionLine(description, partition, live)}\n`).join(""));
  }
  if (options.has("json")) writeJson(io, clusterJson(cluster, shown));
};

export const alterTopics: TopicAction = async (admin, options, io) => {
  options.required("topic");
  for (const flag of ["config", "delete-config"]) {
    if (options.has(flag))
      throw new UsageError(
        `--${flag} cannot be used with --alter: configs of topics are altered by the configs tool, since Kafka 3.0`,
      );
  }
  const count = options.integer("partitions", 1);
  if (count === undefined) throw missing("partitions");
  const given = options.get("replica-assignment");
  const assignment = given === undefined ? undefined : replicaAssignment(given);
  const topics = await existing(admin, options);
  const outcomes = await admin.createPartitions(
    topics.map(({ name, partitions }) => ({
      name,
      count,
      // As Kafka's tool takes it, the list begins with the partitions that are there.
      assignment: assignment?.slice(partitions.length),
    })),
  );
  outcomes.forEach(throwIfFailed);
  if (options.has("json"))
    writeJson(
      io,
      outcomes.map(({ name }) => ({ topic: name, partitions: count })),
    );
};

export const deleteTopics: TopicAction = async (admin, options, io) => {
  options.required("topic");
  const topics = await existing(admin, options);
  const outcomes = topics.length === 0 ? [] : await admin.deleteTopics(topics.map(({ name }) => name));
  outcomes.forEach(throwIfFailed);
  if (options.has("json"))
    writeJson(
      io,
      outcomes.map(({ name }) => ({ topic: name, deleted: true })),
    );
};

const HEALTH_FILTERS: ReadonlyMap<string, HealthFilter> = new Map([
  ["under-replicated-partitions", "under-replicated"],
  ["unavailable-partitions", "unavailable"],
  ["under-min-isr-partitions", "under-min-isr"],
  ["at-min-isr-partitions", "at-min-isr"],
]);

/** Topics that match `--topic`, or all of them. */
async function matching(admin: Admin, options: ParsedOptions): Promise<TopicMetadata[]> {
  const pattern = options.get("topic");
  const isWanted = pattern === undefined ? () => true : topicFilter("topic", pattern, { internal: true });
  const topics = await admin.listTopics();
  return topics.filter(
    ({ name, isInternal }) =>
      isWanted(name) && !(options.has("exclude-internal") && (isInternal || INTERNAL.has(name))),
  );
}

/** @throws TopicCommandError when nothing matches, unless that was allowed */
async function existing(admin: Admin, options: ParsedOptions): Promise<TopicMetadata[]> {
  const topics = await matching(admin, options);
  const pattern = options.get("topic");
  if (topics.length === 0 && pattern !== undefined && !options.has("if-exists"))
    throw new TopicCommandError(`Topic '${pattern}' does not exist as expected`);
  return topics;
}

async function described(admin: Admin, options: ParsedOptions): Promise<TopicMetadata[]> {
  const id = options.get("topic-id");
  if (id === undefined) return existing(admin, options);
  options.excludes("topic-id", "topic");
  const topics = (await admin.listTopics()).filter(({ topicId }) => topicId === id);
  if (topics.length === 0 && !options.has("if-exists"))
    throw new TopicCommandError(`TopicId '${id}' does not exist as expected`);
  return topics;
}

function throwIfFailed(outcome: Outcome | undefined): void {
  const error = outcome?.error;
  if (error === undefined || error === null) return;
  throw new TopicCommandError(error.detail ?? `${error.name}: ${error.message}`, { cause: error });
}

function clusterJson(cluster: ClusterDescription, topics: readonly unknown[]): unknown {
  return { clusterId: cluster.clusterId, controller: cluster.controllerId, topics };
}

function writeJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value)}\n`);
}
