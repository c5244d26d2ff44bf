import { type Operation, type OperationResult, partitionState, topic as topicNode } from "@ottla/coordination";
import { invariant } from "@ottla/runtime";
import type { ConfirmedState, PartitionRecord, TopicRecord } from "./cluster-state";
import { partitionMayGo, partitionPhase } from "./decisions/lifecycle";
import type { PartitionState } from "./decisions/partition-state";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { readPartitionState } from "./partition-state-store";
import type { TermContext } from "./term-context";
import { TermOver } from "./term-over";

/** Operations in one multi: far below what the ensemble takes in one request (1 MiB), and few enough that it answers other requests between. */
const OPERATIONS_PER_MULTI_MAX = 100;
/** Nobody but this controller writes states, unless a deposed one's last write is under way: one or two rounds settle it. */
const ATTEMPTS_MAX = 10;

/** A state to be written in place of the one known. */
export interface StateChange {
  readonly record: PartitionRecord;
  readonly next: PartitionState;
}

export type Redo = (record: PartitionRecord) => Promise<PartitionState | null> | PartitionState | null;

/**
 * Writes new states, many in one multi; where one of them was not as we knew it, each for itself.
 *
 * @param redo asked again for a partition whose state turned out to be another than we knew; null: leave that one as it is
 * @returns the partitions of which there is news: confirmed as written, or found to be otherwise
 */
export async function writeStates(
  term: TermContext,
  due: readonly StateChange[],
  redo: Redo,
): Promise<PartitionRecord[]> {
  const chunks = await chunksOf(term, due);
  const written = await inFlight(REQUESTS_IN_FLIGHT, chunks, async (chunk) => {
    const outcome = await term.writes.multi(chunk.operations);
    if (outcome.done) {
      confirm(term, chunk.changes, outcome.results);
      return chunk.changes.map((change) => change.record);
    }
    // One of many was not as we knew it: each for itself, so that the others do not wait for it.
    const alone: PartitionRecord[] = [];
    for (const change of chunk.changes) {
      if (await writeAlone(term, change, redo)) alone.push(change.record);
    }
    return alone;
  });
  return written.flat();
}

/** Writes one state; reads back and decides again while somebody else's write gets in between. @returns whether there is news */
async function writeAlone(term: TermContext, change: StateChange, redo: Redo): Promise<boolean> {
  const { record } = change;
  const before = record.state;
  let next: PartitionState | null = change.next;
  for (let attempt = 0; next !== null && attempt < ATTEMPTS_MAX; attempt++) {
    if (record.state === null && !(await makeParents(term, record))) return false;
    const operation = stateOperation(term, record, next);
    const outcome = await term.writes.multi([operation]);
    if (outcome.done) {
      confirmOne(term, record, next, outcome.results[0]);
      return true;
    }
    const found = await readPartitionState(term.coordination, record);
    if (found !== null && found.controllerEpoch > term.epoch) {
      throw new TermOver(`a controller of epoch ${found.controllerEpoch} has written a state`);
    }
    if (found === null && record.state !== null) {
      term.logger.warn("a partition's state is gone", { topic: record.topic.name, partition: record.partition });
      return false;
    }
    record.state = found;
    next = await redo(record);
  }
  return record.state !== before;
}

/** Makes the nodes above a partition's state, each for itself. @returns false when the topic is gone */
async function makeParents(term: TermContext, { topic, partition }: PartitionRecord): Promise<boolean> {
  for (const path of [topicNode.partitionsPath(topic.name), topicNode.partitionPath(topic.name, partition)]) {
    const outcome = await term.writes.multi([{ kind: "create", path, data: null }]);
    if (!outcome.done && outcome.code === "NO_NODE") return false;
  }
  return true;
}

/** Changes that are written in one multi, and its operations. */
interface Chunk {
  readonly changes: StateChange[];
  readonly operations: Operation[];
}

/** Groups changes, all partitions of a topic together where they fit: the node above them must not be made after them. */
async function chunksOf(term: TermContext, due: readonly StateChange[]): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let chunk: Chunk = { changes: [], operations: [] };
  const startAnother = () => {
    if (chunk.operations.length > 0) chunks.push(chunk);
    chunk = { changes: [], operations: [] };
  };
  for (const [topic, changes] of byTopic(due)) {
    const parent = parentOperation(topic);
    const size = changes.length * 2 + 1;
    if (chunk.operations.length + size > OPERATIONS_PER_MULTI_MAX) startAnother();
    if (parent !== null && size > OPERATIONS_PER_MULTI_MAX) await term.writes.multi([parent]);
    else if (parent !== null) chunk.operations.push(parent);
    for (const change of changes) {
      if (chunk.operations.length + 2 > OPERATIONS_PER_MULTI_MAX) startAnother();
      chunk.changes.push(change);
      chunk.operations.push(...operationsFor(term, change));
    }
  }
  startAnother();
  return chunks;
}

function byTopic(due: readonly StateChange[]): Map<TopicRecord, StateChange[]> {
  const groups = new Map<TopicRecord, StateChange[]>();
  for (const change of due) {
    const group = groups.get(change.record.topic);
    if (group === undefined) groups.set(change.record.topic, [change]);
    else group.push(change);
  }
  return groups;
}

function operationsFor(term: TermContext, { record, next }: StateChange): Operation[] {
  const state = stateOperation(term, record, next);
  if (record.state !== null) return [state];
  return [{ kind: "create", path: topicNode.partitionPath(record.topic.name, record.partition), data: null }, state];
}

/** The node above a topic's partitions; null when one of them has a state, so that it must be there. */
function parentOperation(topic: TopicRecord): Operation | null {
  for (const partition of topic.partitions.values()) if (partition.state !== null) return null;
  return { kind: "create", path: topicNode.partitionsPath(topic.name), data: null };
}

function stateOperation(term: TermContext, record: PartitionRecord, next: PartitionState): Operation {
  const path = partitionState.path(record.topic.name, record.partition);
  const data = partitionState.encode({
    leader: next.leader,
    leaderEpoch: next.leaderEpoch,
    isr: next.isr,
    controllerEpoch: term.epoch,
    leaderRecoveryState: next.recovering ? "RECOVERING" : "RECOVERED",
  });
  return record.state === null
    ? { kind: "create", path, data }
    : { kind: "set", path, data, expectedVersion: record.state.partitionEpoch };
}

function confirm(term: TermContext, chunk: readonly StateChange[], results: readonly OperationResult[]): void {
  let index = 0;
  for (const { record, next } of chunk) {
    // The state is the last of the operations made for its partition.
    while (index < results.length && !isStateResult(record, results[index])) index++;
    confirmOne(term, record, next, results[index++]);
  }
}

function isStateResult(record: PartitionRecord, result: OperationResult | undefined): boolean {
  if (result?.kind === "set") return true;
  return result?.kind === "create" && result.path === partitionState.path(record.topic.name, record.partition);
}

function confirmOne(
  term: TermContext,
  record: PartitionRecord,
  next: PartitionState,
  result: OperationResult | undefined,
): void {
  invariant(
    result?.kind === "set" || result?.kind === "create",
    () => `no result for ${record.topic.name}-${record.partition}`,
  );
  invariant(
    partitionMayGo(partitionPhase(record.state), partitionPhase(next)),
    () =>
      `${record.topic.name}-${record.partition} may not go from ${partitionPhase(record.state)} to ${partitionPhase(next)}`,
  );
  const confirmed: ConfirmedState = {
    ...next,
    controllerEpoch: term.epoch,
    partitionEpoch: result.kind === "set" ? result.stat.version : 0,
    mzxid: result.kind === "set" ? result.stat.mzxid : precedingZxid(term, record),
  };
  record.state = confirmed;
}

/** A create does not say its own transaction; these were seen before it, so each of them is older. */
function precedingZxid(term: TermContext, record: PartitionRecord): bigint {
  let newest = record.topic.mzxid;
  for (const { info } of term.state.brokers.values()) if (info.epoch > newest) newest = info.epoch;
  return newest;
}
