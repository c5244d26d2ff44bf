import { brokerRegistration } from "@ottla/coordination";
import type { BrokerSessions } from "./broker-sessions";
import type { BrokerSuspicions } from "./broker-suspicions";
import type { LiveBroker, PartitionRecord } from "./cluster-state";
import type { PreferredLeaders } from "./preferred-leaders";
import type { Reassignments } from "./reassignments";
import { readBrokers } from "./state-loader";
import type { TermContext } from "./term-context";
import type { TermWatches } from "./term-watches";
import type { TopicDeletions } from "./topic-deletions";

export interface BrokerLifecycleParts {
  readonly sessions: BrokerSessions;
  readonly suspicions: BrokerSuspicions;
  readonly preferred: PreferredLeaders;
  readonly reassignments: Reassignments;
  readonly deletions: TopicDeletions;
  readonly watches: TermWatches;
  /** Settles partitions, all of them by default. */
  readonly settle: (partitions?: Iterable<PartitionRecord>) => Promise<void>;
}

/**
 * Brokers that come, go, come back as another process, open a session, lose it, or are taken for dead.
 *
 * A broker counts from the moment that it is registered and has a session: only then can it be told what to do. Its death is the end of
 * its registration, or evidence that does not wait for it.
 */
export class BrokerLifecycle {
  constructor(
    private readonly term: TermContext,
    private readonly parts: BrokerLifecycleParts,
  ) {}

  /** Reads all registrations; outboxes of those that can be told things are ready, though not open. */
  async load(): Promise<void> {
    const { state, coordination, logger } = this.term;
    for (const broker of (await readBrokers(coordination, logger)).values()) this.admit(broker);
    for (const id of state.brokers.keys()) await this.watch(id);
    const ids = [...state.brokers.keys()];
    for (const id of ids) if (state.isConnected(id)) this.parts.suspicions.returned(id);
    this.prepare(ids);
  }

  /** The state is settled: lets brokers hear of it, and looks for those that cannot. */
  begin(): void {
    this.open([...this.term.state.brokers.keys()]);
    this.parts.suspicions.review();
  }

  /** The registrations have changed. */
  async onRegistrations(): Promise<void> {
    const { state, dispatch, coordination, logger } = this.term;
    const now = await readBrokers(coordination, logger);
    const came: number[] = [];
    let changed = false;
    for (const [id, before] of state.brokers) {
      const after = now.get(id);
      if (after?.info.epoch === before.info.epoch) continue;
      // Another czxid under the same id is a death and a birth, also when the death was not seen (rule 54).
      state.brokers.delete(id);
      dispatch.brokerDown(id);
      this.parts.sessions.registrationGone(id, before.info.epoch);
      this.parts.deletions.onBrokerGone(id);
      changed = true;
      if (after === undefined) {
        this.parts.watches.stop(brokerRegistration.path(id));
        logger.info("broker gone", { broker: id, brokerEpoch: before.info.epoch });
      }
    }
    for (const [id, broker] of now) {
      const before = state.brokers.get(id);
      if (before?.version === broker.version) continue;
      if (before === undefined) came.push(id);
      this.admit(broker);
      changed = true;
    }
    if (!changed) return;
    for (const id of came) {
      logger.info("broker registered", { broker: id, brokerEpoch: now.get(id)?.info.epoch });
      await this.watch(id);
    }
    dispatch.brokersChanged();
    await this.bringUp(came);
  }

  /** At once, outside of the queue: nothing must leave on the new session before the full commands. */
  onSessionOpened(brokerId: number): void {
    if (brokerId !== this.term.brokerId) this.term.dispatch.brokerDown(brokerId);
  }

  /** A session stands, and its broker is to be told everything. */
  async onSession(brokerId: number): Promise<void> {
    if (brokerId === this.term.brokerId) return;
    if (this.term.state.isConnected(brokerId)) await this.bringUp([brokerId]);
    // Its registration is newer than what we have read.
    else await this.onRegistrations();
  }

  /** At once, outside of the queue: suspicion starts here. */
  onSessionBroken(brokerId: number): void {
    if (brokerId === this.term.brokerId) return;
    this.term.logger.info("a broker's session has ended", { broker: brokerId });
    this.term.dispatch.brokerDown(brokerId);
    this.parts.suspicions.review();
  }

  /** There is evidence, or more brokers at our side than before. */
  async onEvidence(): Promise<void> {
    const suspects = this.parts.suspicions.judge();
    if (suspects.length === 0) return;
    for (const id of suspects) this.parts.preferred.owe(id);
    await this.parts.settle();
  }

  /** Those of the brokers that have a session get everything, once the partitions are as their presence asks for. */
  private async bringUp(ids: readonly number[]): Promise<void> {
    const { state } = this.term;
    const { suspicions, deletions, reassignments, preferred } = this.parts;
    const ready = ids.filter((id) => state.isConnected(id));
    for (const id of ready) {
      suspicions.returned(id);
      // What an earlier session had still to tell it went with that session.
      deletions.onBrokerGone(id);
    }
    this.prepare(ready);
    await this.parts.settle();
    this.open(ready);
    suspicions.review();
    await this.onEvidence();
    await deletions.resume();
    await reassignments.advance(state.partitions());
    await preferred.giveBack();
  }

  private prepare(ids: readonly number[]): void {
    const { state, dispatch } = this.term;
    for (const id of ids) {
      const broker = state.brokers.get(id);
      if (broker !== undefined && state.isConnected(id)) dispatch.prepare(broker);
    }
  }

  private open(ids: readonly number[]): void {
    for (const id of ids) {
      this.parts.reassignments.tellLeftovers(id);
      this.term.dispatch.open(id);
    }
  }

  private admit(broker: LiveBroker): void {
    const { state } = this.term;
    state.brokers.set(broker.info.id, broker);
    if (broker.torn) state.note(state.onceTorn, broker.info.id);
  }

  private watch(id: number): Promise<void> {
    return this.parts.watches.node(brokerRegistration.path(id), "brokers changed", () => this.onRegistrations());
  }
}
