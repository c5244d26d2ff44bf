import {
  brokerRegistration,
  type Coordination,
  isrChange,
  logDirEvent,
  type NodeData,
  type TopicNode,
  topic as topicNode,
  ZnodeFormatError,
} from "@ottla/coordination";
import { explain, type Logger, randomUuid } from "@ottla/runtime";
import type { LiveBroker, PartitionRecord, TopicRecord } from "./cluster-state";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { readPartitionState } from "./partition-state-store";
import type { TermContext } from "./term-context";

/** Reads every registered broker. One whose registration cannot be understood is logged and left out: nobody could reach it. */
export async function readBrokers(coordination: Coordination, logger: Logger): Promise<Map<number, LiveBroker>> {
  const ids = ((await coordination.children(brokerRegistration.parent))?.names ?? [])
    .filter((name) => /^\d{1,10}$/.test(name))
    .map(Number);
  const brokers = new Map<number, LiveBroker>();
  await inFlight(REQUESTS_IN_FLIGHT, ids, async (id) => {
    const path = brokerRegistration.path(id);
    const node = await coordination.get(path);
    // Between the two operations of a registration by other means, the node is there without data.
    if (node?.data == null) return;
    try {
      brokers.set(id, liveBroker(id, node));
    } catch (failure) {
      if (!(failure instanceof ZnodeFormatError)) throw failure;
      logger.error("a broker's registration cannot be understood, the broker is left out", {
        failure: explain(failure),
      });
    }
  });
  return new Map([...brokers].toSorted(([a], [b]) => a - b));
}

function liveBroker(id: number, node: NodeData): LiveBroker {
  const registered = brokerRegistration.decode(node.data, brokerRegistration.path(id));
  return {
    version: node.stat.version,
    torn: registered.ottla?.torn ?? false,
    registration: registered,
    info: {
      id,
      epoch: node.stat.czxid,
      rack: registered.rack,
      rpc: registered.ottla?.rpc ?? null,
      incarnation: registered.ottla?.incarnation ?? null,
      endpoints: registered.endpoints.map(({ listener, host, port, securityProtocol }) => ({
        listenerName: listener,
        host,
        port,
        securityProtocol,
      })),
    },
  };
}

/** Names of the topics that are there. */
export async function readTopicNames(coordination: Coordination): Promise<readonly string[]> {
  return (await coordination.children(topicNode.parent))?.names ?? [];
}

/**
 * Reads a topic and the states of its partitions. A topic of an older writer that has no id gets one.
 *
 * @returns null when it is gone, or cannot be understood (logged)
 */
export async function readTopic(term: TermContext, name: string): Promise<TopicRecord | null> {
  const path = topicNode.path(name);
  for (;;) {
    const node = await term.coordination.get(path);
    if (node === null) return null;
    const content = decodeOrNull(term, path, node);
    if (content === null) return null;
    if (content.topicId === null) {
      const data = topicNode.encode({ ...content, topicId: randomUuid(term.random) });
      // Refused when somebody else wrote meanwhile: read again in any case.
      await term.writes.multi([{ kind: "set", path, data, expectedVersion: node.stat.version }]);
      continue;
    }
    const topic: TopicRecord = {
      name,
      topicId: content.topicId,
      version: node.stat.version,
      mzxid: node.stat.mzxid,
      partitions: new Map(),
    };
    await addPartitions(term, topic, content);
    return topic;
  }
}

/**
 * Adds to `topic` the partitions that its node names and that are not known yet, with their states. One whose state cannot be understood
 * is left out (logged): it must not keep all other partitions of the cluster from being led.
 *
 * @returns those added
 */
export async function addPartitions(
  term: TermContext,
  topic: TopicRecord,
  content: TopicNode,
): Promise<PartitionRecord[]> {
  const named = [...content.partitions].filter(([partition]) => !topic.partitions.has(partition));
  const states = await inFlight(REQUESTS_IN_FLIGHT, named, ([partition]) => stateOrFlaw(term, topic, partition));
  return named.flatMap(([partition, replicas], index) => {
    const state = states[index];
    if (state === "not understood") return [];
    const record: PartitionRecord = {
      topic,
      partition,
      replicas,
      adding: content.addingReplicas.get(partition) ?? [],
      removing: content.removingReplicas.get(partition) ?? [],
      state: state ?? null,
      knownLeaderEpoch: -1,
    };
    topic.partitions.set(partition, record);
    return [record];
  });
}

async function stateOrFlaw(term: TermContext, topic: TopicRecord, partition: number) {
  try {
    return await readPartitionState(term.coordination, { topic, partition });
  } catch (failure) {
    if (!(failure instanceof ZnodeFormatError)) throw failure;
    term.logger.error("a partition's state cannot be understood, the partition is left out", {
      failure: explain(failure),
    });
    return "not understood";
  }
}

export function decodeOrNull(term: TermContext, path: string, node: NodeData): TopicNode | null {
  try {
    return topicNode.decode(node.data, path);
  } catch (failure) {
    if (!(failure instanceof ZnodeFormatError)) throw failure;
    term.logger.error("a topic cannot be understood, it is left out", { failure: explain(failure) });
    return null;
  }
}

/** Removes the notifications that an earlier controller has left: whoever loads all reads what they told of. */
export async function purgeNotifications(term: TermContext): Promise<void> {
  for (const parent of [isrChange.parent, logDirEvent.parent]) {
    const names = (await term.coordination.children(parent))?.names ?? [];
    await inFlight(REQUESTS_IN_FLIGHT, names, (name) =>
      term.writes.multi([{ kind: "remove", path: `${parent}/${name}`, expectedVersion: null }]),
    );
  }
}
