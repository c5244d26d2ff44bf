import type { Timer } from "@ottla/runtime";
import type { BrokerSuspicions } from "./broker-suspicions";
import type { PartitionRecord } from "./cluster-state";
import { electPreferred } from "./decisions/elections";
import { imbalancedBrokers } from "./decisions/imbalance";
import { type StateChange, writeStates } from "./state-writes";
import type { TermContext } from "./term-context";

const FIRST_CHECK_MS = 5_000;
const CHECK_INTERVAL_MS = 300_000;
const IMBALANCE_PERCENTAGE = 10;

/**
 * Gives leaderships back to the replicas that are preferred for them: some time after a suspected broker's return (rule 43), and where too
 * many of a broker's leaderships are elsewhere.
 */
export class PreferredLeaders {
  private timer: Timer | null = null;
  /** Partitions whose preferred leader was taken for dead: they go back without waiting for the balance to be checked. */
  private readonly owed = new Set<PartitionRecord>();

  constructor(
    private readonly term: TermContext,
    private readonly suspicions: BrokerSuspicions,
    private readonly isBeingDeleted: (topic: string) => boolean,
    /** Told when the balance is due to be checked; the answer is a call of `check`. */
    private readonly onCheckDue: () => void,
  ) {}

  /** Begins to check the balance from time to time. */
  start(): void {
    this.schedule(FIRST_CHECK_MS);
    this.term.signal.addEventListener("abort", () => this.timer?.cancel(), { once: true });
  }

  /** The state has been read again: its records are others. */
  clear(): void {
    this.owed.clear();
  }

  /** Remembers leaderships that are about to be taken from a broker on suspicion. */
  owe(brokerId: number): void {
    for (const record of this.term.state.partitionsOn(brokerId)) {
      if (record.state?.leader === brokerId && record.replicas[0] === brokerId) this.owed.add(record);
    }
  }

  /** Gives back what is owed, as far as the preferred leaders are in the ISR again and their hold-down is over. */
  async giveBack(): Promise<void> {
    if (this.owed.size === 0 || !this.enabled) return;
    const { state } = this.term;
    for (const record of this.owed) {
      const settled = record.state?.leader === record.replicas[0];
      if (settled || state.topics.get(record.topic.name) !== record.topic) this.owed.delete(record);
    }
    const moved = await this.elect([...this.owed]);
    for (const record of moved) this.owed.delete(record);
  }

  /** Checks the balance. */
  async check(): Promise<void> {
    this.schedule(this.term.config.leaderImbalanceCheckIntervalMs ?? CHECK_INTERVAL_MS);
    if (!this.enabled) return;
    const { state, config } = this.term;
    const candidates = [...state.partitions()].filter(
      (record) => record.state !== null && !this.isBeingDeleted(record.topic.name),
    );
    const leaderships = candidates.map(({ replicas, state: now }) => ({ replicas, leader: now?.leader ?? -1 }));
    const brokers = imbalancedBrokers(leaderships, config.leaderImbalancePerBrokerPercentage ?? IMBALANCE_PERCENTAGE);
    await this.elect(candidates.filter(({ replicas }) => brokers.has(replicas[0] ?? -1)));
  }

  /** Gives partitions to their preferred leaders where those may lead now. @returns those that moved */
  private async elect(partitions: readonly PartitionRecord[]): Promise<readonly PartitionRecord[]> {
    const next = (record: PartitionRecord) => {
      const { replicas, state, adding, removing } = record;
      const preferred = replicas[0];
      if (state === null || preferred === undefined || state.leader === preferred) return null;
      if (this.suspicions.isHeldDown(preferred) || adding.length > 0 || removing.length > 0) return null;
      const election = electPreferred(replicas, state, this.term.state.standingOf(record).mayLead);
      return election.elected ? election.state : null;
    };
    const due = partitions.flatMap((record): StateChange[] => {
      const state = next(record);
      return state === null ? [] : [{ record, next: state }];
    });
    if (due.length === 0) return [];
    const written = await writeStates(this.term, due, next);
    this.term.dispatch.announce(written);
    this.term.logger.info("leaderships went to their preferred replicas", { partitions: written.length });
    return written;
  }

  private get enabled(): boolean {
    return this.term.config.autoLeaderRebalanceEnable ?? true;
  }

  private schedule(delayMs: number): void {
    this.timer?.cancel();
    if (this.term.signal.aborted) return;
    this.timer = this.term.clock.setTimer(delayMs, this.onCheckDue, { background: true });
  }
}
