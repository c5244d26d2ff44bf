import {
  entityConfig,
  type Operation,
  type OperationResult,
  partitionState,
  topic as topicNode,
} from "@ottla/coordination";
import { invariant } from "@ottla/runtime";
import type { ConfirmedState, PartitionRecord, TopicRecord } from "./cluster-state";
import { electOffline, withoutLeader } from "./decisions/elections";
import { partitionMayGo, partitionPhase } from "./decisions/lifecycle";
import {
  initialPartitionState,
  leaderBounced,
  type PartitionState,
  withoutDeadFollowers,
} from "./decisions/partition-state";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { readPartitionState } from "./partition-state-store";
import type { TermContext } from "./term-context";
import { TermOver } from "./term-over";

/** Operations in one multi: far below what the ensemble takes in one request (1 MiB), and few enough that it answers other requests between. */
const OPERATIONS_PER_MULTI_MAX = 100;
/** Nobody but this controller writes states, unless a deposed one's last write is under way: one or two rounds settle it. */
const ATTEMPTS_MAX = 10;

/** Overrides the rules that `settlePartitions` goes by, for one election. */
export interface SettlementOptions {
  /** Partitions whose leader refused to lead in the epoch named: it did not open it. */
  readonly refused?: ReadonlySet<PartitionRecord>;
}

/**
 * Brings partitions to the state that the live brokers ask for, writes it, and tells brokers what was confirmed.
 *
 * New partitions get their first state; leaderless ones, and those whose leader is gone or has bounced, an election; dead followers leave
 * the ISR. What is already as it should be is not touched, so this may be called for any partition at any time.
 */
export async function settlePartitions(
  term: TermContext,
  partitions: Iterable<PartitionRecord>,
  options: SettlementOptions = {},
): Promise<void> {
  const unclean = new UncleanElectionRule(term);
  const due: Change[] = [];
  for (const record of partitions) {
    const next = await nextState(term, record, unclean, options);
    if (next !== null) due.push({ record, next });
  }
  const written = await writeStates(term, due, unclean, options);
  term.dispatch.announce(written);
}

interface Change {
  readonly record: PartitionRecord;
  readonly next: PartitionState;
}

/** @returns null when the partition is as it should be, or nothing can be done for it */
async function nextState(
  term: TermContext,
  record: PartitionRecord,
  unclean: UncleanElectionRule,
  options: SettlementOptions,
): Promise<PartitionState | null> {
  const { state, replicas } = record;
  const isLive = term.state.isLive(record);
  if (state === null) return initialPartitionState(replicas, isLive);

  const leader = term.state.brokers.get(state.leader);
  const stands =
    isLive(state.leader) &&
    !leaderBounced(state, state.mzxid, leader?.info.epoch) &&
    options.refused?.has(record) !== true;
  if (stands) {
    const next = withoutDeadFollowers(state, isLive);
    return next === state ? null : next;
  }
  let election = electOffline(replicas, state, isLive, false);
  if (!election.elected && replicas.some(isLive) && (await unclean.allowedFor(record.topic.name))) {
    election = electOffline(replicas, state, isLive, true);
  }
  if (election.elected) {
    if (election.unclean) {
      term.logger.warn("a replica outside the ISR leads now: records may be lost", {
        topic: record.topic.name,
        partition: record.partition,
        leader: election.state.leader,
      });
    }
    return election.state;
  }
  const leaderless = withoutLeader(state);
  return leaderless === state ? null : leaderless;
}

/** @returns the partitions whose new state was confirmed */
async function writeStates(
  term: TermContext,
  due: readonly Change[],
  unclean: UncleanElectionRule,
  options: SettlementOptions,
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
      if (await writeAlone(term, change, unclean, options)) alone.push(change.record);
    }
    return alone;
  });
  return written.flat();
}

/** Writes one state; reads back and decides again while somebody else's write gets in between. @returns whether there is news */
async function writeAlone(
  term: TermContext,
  change: Change,
  unclean: UncleanElectionRule,
  options: SettlementOptions,
): Promise<boolean> {
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
    next = await nextState(term, record, unclean, options);
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
  readonly changes: Change[];
  readonly operations: Operation[];
}

/** Groups changes, all partitions of a topic together where they fit: the node above them must not be made after them. */
async function chunksOf(term: TermContext, due: readonly Change[]): Promise<Chunk[]> {
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

function byTopic(due: readonly Change[]): Map<TopicRecord, Change[]> {
  const groups = new Map<TopicRecord, Change[]>();
  for (const change of due) {
    const group = groups.get(change.record.topic);
    if (group === undefined) groups.set(change.record.topic, [change]);
    else group.push(change);
  }
  return groups;
}

function operationsFor(term: TermContext, { record, next }: Change): Operation[] {
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

function confirm(term: TermContext, chunk: readonly Change[], results: readonly OperationResult[]): void {
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

/** Reads unclean.leader.election.enable only where it matters, once per topic and settlement. */
class UncleanElectionRule {
  private readonly known = new Map<string, boolean>();

  constructor(private readonly term: TermContext) {}

  async allowedFor(topic: string): Promise<boolean> {
    const known = this.known.get(topic);
    if (known !== undefined) return known;
    const path = entityConfig.path({ kind: "topic", name: topic });
    const node = await this.term.coordination.get(path);
    const override = entityConfig.decode(node?.data ?? null, path).get("unclean.leader.election.enable");
    const allowed =
      override === undefined ? this.term.config.uncleanLeaderElectionEnable : override.trim().toLowerCase() === "true";
    this.known.set(topic, allowed);
    return allowed;
  }
}
