import { type BrokerAddress, type BrokerUnreachable, Connection, ConnectionLost } from "@ottla/client";
import {
  consumerProtocolSubscription,
  type ErrorName,
  encodeVersioned,
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  offsetCommit,
  offsetFetch,
  syncGroup,
} from "@ottla/protocol";
import { sleep, systemClock } from "@ottla/runtime";
import type { GroupEvent } from "./group-history";

export interface GroupMemberOptions {
  readonly brokers: readonly BrokerAddress[];
  readonly groupId: string;
  /** Makes it a static member. */
  readonly groupInstanceId?: string | undefined;
  readonly topic: string;
  /** How many partitions the topic has; the leader deals them out in turn. */
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatEveryMs: number;
  /** How often it commits one record more of everything it owns; 0 for never. */
  readonly commitEveryMs: number;
  readonly onEvent: (event: GroupEvent) => void;
}

/**
 * A member of a consumer group without a consumer: it joins, owns partitions and commits, in the words of the protocol alone, so that
 * what is seen is the coordinator and not a client's patience. Thousands of them fit into one process.
 */
export class GroupMember {
  private readonly ending = new AbortController();
  private running: Promise<void> | null = null;
  private connection: Connection | null = null;
  private memberId = "";
  private generation = -1;
  private mustJoin = true;
  /** Next offset by partition owned. */
  private readonly positions = new Map<number, number>();
  /** How many times it had to begin under a new id. */
  expulsions = 0;
  joins = 0;
  heartbeats = 0;

  constructor(private readonly options: GroupMemberOptions) {}

  get id(): string {
    return this.memberId;
  }
  get currentGeneration(): number {
    return this.generation;
  }
  get isSettled(): boolean {
    return !this.mustJoin;
  }
  get owned(): readonly number[] {
    return [...this.positions.keys()];
  }

  start(): void {
    this.running = this.run();
  }

  /** Leaves its group first, or not: as a process that was killed. */
  async end(options: { readonly leaves: boolean }): Promise<void> {
    this.ending.abort();
    if (options.leaves && this.connection?.isOpen === true && this.memberId !== "") {
      const members = [{ memberId: this.memberId }];
      await this.connection.send(leaveGroup, { groupId: this.options.groupId, members }).catch(ignoreLostConnection);
    }
    this.connection?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { heartbeatEveryMs, commitEveryMs } = this.options;
    let heartbeatAtMs = 0;
    let commitAtMs = 0;
    while (!this.ending.signal.aborted) {
      try {
        this.connection ??= await this.findCoordinator();
        const { connection } = this;
        if (connection === null) {
          await this.pause(RETRY_MS);
          continue;
        }
        if (this.mustJoin) await this.join(connection);
        const nowMs = systemClock.monotonicMs();
        if (!this.mustJoin && nowMs >= heartbeatAtMs) {
          heartbeatAtMs = nowMs + heartbeatEveryMs;
          await this.heartbeat(connection);
        }
        if (!this.mustJoin && commitEveryMs > 0 && nowMs >= commitAtMs) {
          commitAtMs = nowMs + commitEveryMs;
          await this.commit(connection);
        }
        if (this.mustJoin || this.connection === null) await this.pause(RETRY_MS);
        else {
          const nextMs = commitEveryMs > 0 ? Math.min(heartbeatAtMs, commitAtMs) : heartbeatAtMs;
          await this.pause(Math.max(1, nextMs - systemClock.monotonicMs()));
        }
      } catch (failure) {
        ignoreLostConnection(failure);
        if (this.ending.signal.aborted) return;
        this.tellTrouble("connection lost");
        this.connection?.close();
        this.connection = null;
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Asks brokers in turn until one knows. */
  private async findCoordinator(): Promise<Connection | null> {
    const { brokers, groupId } = this.options;
    for (const broker of brokers) {
      let asked: Connection | null = null;
      try {
        asked = await this.connect(broker);
        const answer = await asked.send(findCoordinator, { keyType: 0, coordinatorKeys: [groupId] });
        const [found] = answer.coordinators;
        if (found?.errorCode !== "NONE") continue;
        if (found.port === broker.port) {
          const own = asked;
          asked = null;
          return own;
        }
        return await this.connect(found);
      } catch (failure) {
        ignoreLostConnection(failure);
      } finally {
        asked?.close();
      }
    }
    return null;
  }

  private connect({ host, port }: { readonly host: string; readonly port: number }): Promise<Connection> {
    return Connection.open({
      host,
      port,
      clientId: "group-member",
      clock: systemClock,
      connectTimeoutMs: CONNECT_MS,
      requestTimeoutMs: ANSWER_MS,
    });
  }

  private async join(connection: Connection): Promise<void> {
    const { groupId, groupInstanceId = null, topic, partitions, sessionTimeoutMs } = this.options;
    const metadata = encodeVersioned(consumerProtocolSubscription, 1, { topics: [topic] });
    const request = {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.memberId,
      groupInstanceId,
      protocolType: "consumer",
      protocols: [{ name: "in-turn", metadata }],
    };
    let joined = await connection.send(joinGroup, request, { timeoutMs: 2 * REBALANCE_MS });
    if (joined.errorCode === "MEMBER_ID_REQUIRED") {
      this.memberId = joined.memberId;
      joined = await connection.send(
        joinGroup,
        { ...request, memberId: joined.memberId },
        { timeoutMs: 2 * REBALANCE_MS },
      );
    }
    if (!this.goesOn(joined.errorCode)) return;
    this.joins++;
    this.memberId = joined.memberId;
    const generationId = joined.generationId;
    const assignments = joined.members.map(({ memberId }, turn) => ({
      memberId,
      assignment: Buffer.from(dealt(partitions, turn, joined.members.length)),
    }));
    const { memberId } = this;
    const synced = await connection.send(syncGroup, { groupId, generationId, memberId, groupInstanceId, assignments });
    if (!this.goesOn(synced.errorCode)) return;
    this.generation = generationId;
    const owned = [...synced.assignment];
    const event = { member: groupInstanceId ?? memberId, generation: generationId, partitions: owned };
    this.options.onEvent({ type: "assigned", atMs: systemClock.monotonicMs(), ...event });
    if (owned.length > 0 && !(await this.takePositions(connection, owned))) return;
    this.mustJoin = false;
  }

  private async takePositions(connection: Connection, owned: readonly number[]): Promise<boolean> {
    const { groupId, topic, onEvent } = this.options;
    const askedAtMs = systemClock.monotonicMs();
    const topics = [{ name: topic, partitionIndexes: owned }];
    const answer = await connection.send(offsetFetch, { groupId, topics }, { versionMax: SINGLE_GROUP_VERSION });
    if (!this.goesOn(answer.errorCode)) return false;
    this.positions.clear();
    for (const { partitionIndex, committedOffset } of answer.topics[0]?.partitions ?? []) {
      onEvent({ type: "fetched", askedAtMs, partition: partitionIndex, offset: Number(committedOffset) });
      this.positions.set(partitionIndex, Math.max(0, Number(committedOffset)));
    }
    return true;
  }

  private async heartbeat(connection: Connection): Promise<void> {
    const { groupId, groupInstanceId = null } = this.options;
    this.heartbeats++;
    const answer = await connection.send(heartbeat, {
      groupId,
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId,
    });
    this.goesOn(answer.errorCode);
  }

  private async commit(connection: Connection): Promise<void> {
    const { groupId, groupInstanceId = null, topic, onEvent } = this.options;
    const next = Array.from(this.positions, ([partition, offset]) => ({ partition, offset: offset + 1 }));
    if (next.length === 0) return;
    const answer = await connection.send(offsetCommit, {
      groupId,
      generationIdOrMemberEpoch: this.generation,
      memberId: this.memberId,
      groupInstanceId,
      topics: [
        {
          name: topic,
          partitions: next.map(({ partition, offset }) => ({
            partitionIndex: partition,
            committedOffset: BigInt(offset),
            committedMetadata: null,
          })),
        },
      ],
    });
    if (!this.goesOn(answer.topics[0]?.partitions[0]?.errorCode ?? "UNKNOWN_SERVER_ERROR")) return;
    const atMs = systemClock.monotonicMs();
    for (const { partition, offset } of next) {
      this.positions.set(partition, offset);
      onEvent({ type: "committed", atMs, partition, offset });
    }
  }

  /** What an error asks of a member. @returns whether there was none */
  private goesOn(error: ErrorName): boolean {
    if (error === "NONE") return true;
    this.tellTrouble(error);
    switch (error) {
      case "NOT_COORDINATOR":
      case "COORDINATOR_NOT_AVAILABLE":
        this.connection?.close();
        this.connection = null;
        break;
      case "UNKNOWN_MEMBER_ID":
        this.memberId = "";
        this.expulsions++;
        this.mustJoin = true;
        break;
      case "ILLEGAL_GENERATION":
      case "REBALANCE_IN_PROGRESS":
        this.mustJoin = true;
        break;
      default:
        // To be tried again as it is.
        break;
    }
    return false;
  }

  private tellTrouble(by: string): void {
    this.options.onEvent({ type: "troubled", atMs: systemClock.monotonicMs(), by });
  }

  private pause(ms: number): Promise<void> {
    return sleep(systemClock, ms, this.ending.signal).catch(() => undefined);
  }
}

const RETRY_MS = 50;
const CONNECT_MS = 2_000;
const ANSWER_MS = 10_000;
const REBALANCE_MS = 20_000;
/** The last version of OffsetFetch that asks for one group. */
const SINGLE_GROUP_VERSION = 7;

function dealt(partitions: number, turn: number, members: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition).filter((index) => index % members === turn);
}

/** Brokers die here on purpose. */
function ignoreLostConnection(failure: unknown): void {
  const expected = failure instanceof ConnectionLost || (failure as BrokerUnreachable).name === "BrokerUnreachable";
  if (!expected) throw failure;
}
