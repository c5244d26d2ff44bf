import { explain, InvariantViolation, sleep } from "@ottla/runtime";
import type { BrokerPeers } from "./broker-peers";
import { identityOf, type PartitionRecord } from "./cluster-state";
import type { PartitionState } from "./decisions/partition-state";
import { aloneFrom, longestLog, type ReplicaEnd, tailCandidates } from "./decisions/settled-state";
import type { TermContext } from "./term-context";
import { timeLimit, unlessAborted } from "./time-limit";
import type { TopicSettings } from "./topic-settings";

const ANSWER_WITHIN_MS = 1000;
const AGAIN_MS = 500;

/** What has been found out, or is being found out, about the logs of one partition. */
interface Inquiry {
  /** Who is asked, each with its broker epoch, and which state it is about: another question makes another inquiry. */
  readonly question: string;
  /** Null while it runs. */
  ends: readonly ReplicaEnd[] | null;
  running: Promise<void>;
}

/**
 * Leaders for partitions whose ISR cannot give them one: where the last member has lost its tail (rule 58), and where an unclean election is
 * allowed. The longest log leads. Brokers are asked for their log ends outside the event queue; the partition is settled again when
 * they have answered.
 */
export class LastResortElections {
  private readonly inquiries = new Map<PartitionRecord, Inquiry>();

  constructor(
    private readonly term: () => TermContext,
    private readonly peers: BrokerPeers | undefined,
    /** Told when a partition's question is answered, or should be asked again. */
    private readonly onAnswered: (record: PartitionRecord) => void,
  ) {}

  /** @returns the state to write, or null while nobody can be chosen */
  async elect(record: PartitionRecord, settings: TopicSettings, uncleanAsked = false): Promise<PartitionState | null> {
    const { state, replicas } = record;
    if (state === null) return null;
    const standing = this.term().state.standingOf(record);
    const unclean = uncleanAsked || (await settings.uncleanElectionAllowed(record.topic.name));
    const candidates = unclean
      ? replicas.filter(standing.present)
      : tailCandidates(replicas, state, standing, await settings.minInsyncReplicas(record.topic.name));
    if (candidates.length === 0) return null;
    const leader = this.longest(record, candidates);
    if (leader === null) return null;
    this.term().logger.warn(
      unclean
        ? "a replica outside the ISR leads now: records may be lost"
        : "the last in-sync replica has lost its tail, the longest log leads now",
      { topic: record.topic.name, partition: record.partition, leader, isr: state.isr, candidates },
    );
    this.inquiries.delete(record);
    return aloneFrom(state, leader, unclean);
  }

  /** Finds out, for unclean elections asked for, whose log reaches farthest. Settles once every question is answered or given up. */
  async prepare(records: readonly PartitionRecord[]): Promise<void> {
    const { state } = this.term();
    await Promise.all(
      records.map(async (record) => {
        const candidates = record.replicas.filter(state.standingOf(record).present);
        this.longest(record, candidates);
        await this.inquiries.get(record)?.running;
      }),
    );
  }

  /** Forgets everything: the state is about to be read again. */
  clear(): void {
    this.inquiries.clear();
  }

  private longest(record: PartitionRecord, candidates: readonly number[]): number | null {
    const first = candidates[0] ?? null;
    if (candidates.length === 1 || this.peers === undefined) return first;
    const question = this.questionOf(record, candidates);
    const known = this.inquiries.get(record);
    if (known?.question !== question) {
      const inquiry: Inquiry = { question, ends: null, running: Promise.resolve() };
      this.inquiries.set(record, inquiry);
      inquiry.running = this.inquire(this.peers, record, candidates, inquiry);
      return null;
    }
    return known.ends === null ? null : longestLog(known.ends);
  }

  private questionOf({ state }: PartitionRecord, candidates: readonly number[]): string {
    const { brokers } = this.term().state;
    return [state?.partitionEpoch, ...candidates.map((id) => `${id}@${brokers.get(id)?.info.epoch}`)].join();
  }

  private async inquire(
    peers: BrokerPeers,
    record: PartitionRecord,
    candidates: readonly number[],
    inquiry: Inquiry,
  ): Promise<void> {
    const { clock, signal, logger } = this.term();
    const identity = identityOf(record);
    const limit = timeLimit(clock, ANSWER_WITHIN_MS, signal);
    try {
      inquiry.ends = await Promise.all(
        candidates.map(async (brokerId): Promise<ReplicaEnd> => {
          const answered = await unlessAborted(peers.logEnds(brokerId, [identity], limit.signal), limit.signal);
          const end = answered.find((e) => e.topicId === identity.topicId && e.partition === identity.partition);
          // Who has no such replica has an empty log.
          return { brokerId, lastEpoch: end?.lastEpoch ?? -1, logEndOffset: end?.logEndOffset ?? 0 };
        }),
      );
    } catch (failure) {
      if (failure instanceof InvariantViolation) throw failure;
      if (signal.aborted) return;
      logger.info("not every log end could be asked for, asking again", {
        topic: identity.topic,
        partition: identity.partition,
        failure: explain(failure),
      });
      if (this.inquiries.get(record) === inquiry) this.inquiries.delete(record);
      await sleep(clock, AGAIN_MS, signal).catch(() => {
        // The term is over; the event below is dropped.
      });
    } finally {
      limit.end();
    }
    if (!signal.aborted) this.onAnswered(record);
  }
}
