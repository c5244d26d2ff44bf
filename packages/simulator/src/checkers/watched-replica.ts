import type { BrokerOptions } from "@ottla/broker";
import { BatchView } from "@ottla/protocol";
import { DiskError } from "@ottla/runtime";
import type { EnsembleHistory } from "./ensemble-history";
import type { Judge } from "./invariants";
import type { ReferenceLog } from "./reference-log";
import type { ReplicaRecord } from "./replica-record";
import { describeBatch, type SeenBatch, seenBatches } from "./seen-batch";

/** All replicas of one process. */
export type Replicas = Parameters<NonNullable<BrokerOptions["onReplicas"]>>[0];
/** One of them. */
export type Replica = NonNullable<ReturnType<Replicas["get"]>>;

/** What the checkers of all replicas share. */
export interface Watch {
  readonly judge: Judge;
  readonly ensemble: EnsembleHistory;
  /** What a broker's disk holds of a partition, as far as was seen; null when it never had it. */
  recordOf(key: string, brokerId: number): ReplicaRecord | null;
  /** Which process leads in an epoch: the first one to say so. */
  leads(key: string, leaderEpoch: number, process: Replicas): Replicas;
  minInsyncReplicas(topic: string): number;
}

interface Acknowledged {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
}

/**
 * One replica in one process, looked at after each event: what its log got or lost since, its role, and how far it shows its records to
 * readers.
 */
export class WatchedReplica {
  private leader: Replica["leader"] = null;
  private roleEpoch = -1;
  private highWatermark = 0;
  private hasLostRecords = false;
  private acknowledged: Acknowledged[] = [];

  constructor(
    private readonly watch: Watch,
    private readonly process: Replicas,
    private readonly replica: Replica,
    readonly record: ReplicaRecord,
    private readonly reference: ReferenceLog,
    private readonly key: string,
  ) {
    this.compareWithRecord();
    this.hearAcknowledgements();
  }

  /** First for all replicas: what the logs hold. */
  lookAtLog(): void {
    const { record } = this;
    const { log } = this.replica;
    if (log.offline !== null) return;
    const { logEndOffset, flushedEndOffset } = log;
    if (logEndOffset !== record.endOffset) this.takeLog(logEndOffset);
    record.startOffset = log.logStartOffset;
    record.flushedEnd = flushedEndOffset;
  }

  /** Then for all: who leads, and what is called committed and acknowledged. */
  lookAtRole(): void {
    const { replica } = this;
    const { leader } = replica;
    if (leader !== this.leader || replica.leaderEpoch !== this.roleEpoch) this.onRole();
    if (replica.log.offline === null) {
      const highWatermark = leader === null ? replica.log.highWatermark : leader.highWatermark;
      if (highWatermark !== this.highWatermark) this.onHighWatermark(highWatermark);
    }
    this.hasLostRecords = false;
    if (this.acknowledged.length > 0) this.judgeAcknowledged();
  }

  /** A process finds on its disk what the one before left there, but for what a loss of power may take. */
  private compareWithRecord(): void {
    const { record, reference } = this;
    const { log } = this.replica;
    const found = this.read(log.logStartOffset) ?? [];
    const batches = found.map((batch) => reference.identify(batch, record.brokerId));
    let equalUpTo = record.batchAt(log.logStartOffset) === null ? record.endOffset : log.logStartOffset;
    if (record.endOffset > 0) {
      equalUpTo = log.logStartOffset;
      for (const batch of batches) {
        if (record.batchAt(batch.baseOffset) !== batch) break;
        equalUpTo = batch.nextOffset;
      }
      const owed = { everything: record.endOffset, "what was synced": record.flushedEnd, nothing: 0 }[record.owes];
      this.watch.judge.hold(
        "kept",
        record.name,
        equalUpTo >= owed,
        () =>
          `broker ${record.brokerId} found its log equal up to ${equalUpTo} only, ending at ${log.logEndOffset}; it had ` +
          `${record.endOffset}, synced up to ${record.flushedEnd}, and owed ${record.owes}`,
      );
      record.truncate(equalUpTo);
    } else if (log.logStartOffset > 0) {
      record.restartAt(log.logStartOffset);
    }
    record.owes = "everything";
    for (const batch of batches) if (batch.baseOffset >= record.endOffset) record.append(batch);
    // Who leads from its first moment on has called committed what is judged then.
    if (this.replica.leader !== null) {
      this.highWatermark = Math.min(log.highWatermark, reference.committedEnd);
      return;
    }
    this.highWatermark = log.highWatermark;
    this.judgeShownByFollower(0, this.highWatermark);
  }

  private takeLog(logEndOffset: number): void {
    const { record, reference } = this;
    const { log } = this.replica;
    if (log.logStartOffset > record.endOffset) {
      record.restartAt(log.logStartOffset);
      this.hasLostRecords = true;
    } else if (logEndOffset < record.endOffset) {
      this.onTruncated(record.truncate(logEndOffset), logEndOffset);
    }
    if (record.endOffset >= logEndOffset) return;
    for (const batch of this.read(record.endOffset) ?? []) record.append(reference.identify(batch, record.brokerId));
  }

  private onTruncated(gone: readonly SeenBatch[], to: number): void {
    const { record, reference, watch } = this;
    this.hasLostRecords = true;
    const committed = gone.find((batch) => reference.committedAt(batch.baseOffset) === batch);
    watch.judge.hold(
      "truncation",
      record.name,
      committed === undefined || record.isTorn || record.damage === "out",
      () =>
        `broker ${record.brokerId} cut its log to ${to}, and with it what was committed: ` +
        `${committed === undefined ? "" : describeBatch(committed)}; its high watermark was ${this.highWatermark}`,
    );
  }

  private onRole(): void {
    const { replica, record, watch, process, reference, key } = this;
    const { leader, leaderEpoch } = replica;
    watch.judge.hold(
      "leader-epoch",
      record.name,
      leaderEpoch === -1 || leaderEpoch >= this.roleEpoch,
      () => `broker ${record.brokerId} was in leader epoch ${this.roleEpoch}, and is in ${leaderEpoch}`,
    );
    this.roleEpoch = leaderEpoch;
    this.leader = leader;
    if (leader === null) return;
    const named = watch.ensemble.get(key)?.epochs.get(leaderEpoch)?.leader;
    watch.judge.hold(
      "one-leader",
      record.name,
      named === record.brokerId && watch.leads(key, leaderEpoch, process) === process,
      () =>
        `broker ${record.brokerId} leads in epoch ${leaderEpoch}; ` +
        (named === record.brokerId
          ? "another process, or an earlier one of its own, has done so before"
          : `the ensemble names ${named}`),
    );
    const missing = reference.missingFrom(record);
    watch.judge.hold(
      "leader-completeness",
      record.name,
      missing === null,
      () =>
        `broker ${record.brokerId} leads in epoch ${leaderEpoch} with a log that ends at ${record.endOffset}; it lacks ` +
        `${missing === null ? "" : describeBatch(missing)}, which was committed (up to ${reference.committedEnd})`,
    );
  }

  private onHighWatermark(now: number): void {
    const { record, reference, watch, leader } = this;
    const before = this.highWatermark;
    this.highWatermark = now;
    watch.judge.hold(
      "high-watermark-order",
      record.name,
      now > before || this.hasLostRecords,
      () => `broker ${record.brokerId}: the high watermark went from ${before} to ${now}`,
    );
    watch.judge.hold(
      "high-watermark",
      record.name,
      now <= record.endOffset,
      () => `broker ${record.brokerId}: high watermark ${now}, log end ${record.endOffset}`,
    );
    if (now <= before) return;
    if (leader === null) return this.judgeShownByFollower(before, now);
    this.judgeCommitted(now, leader);
    reference.shown(record, before, now);
    reference.commit(record, now);
  }

  private judgeShownByFollower(from: number, to: number): void {
    const { record, reference, watch } = this;
    watch.judge.hold(
      "high-watermark-order",
      record.name,
      to <= reference.committedEnd,
      () =>
        `broker ${record.brokerId} follows, and shows what no leader called committed: up to ${to}, not ${reference.committedEnd}`,
    );
    reference.shown(record, from, to);
  }

  /** The members of the ISR that a leader must count: the ensemble's for its epoch, and those it has asked for. */
  private judgeCommitted(to: number, leader: NonNullable<Replica["leader"]>): void {
    const { watch, record, key } = this;
    const partition = watch.ensemble.get(key);
    const committedIsr = partition?.epochs.get(leader.leaderEpoch)?.isr ?? [];
    this.judgeHeldBy(
      [...committedIsr, ...leader.isr, ...(leader.proposal?.isr.map((m) => m.brokerId) ?? [])],
      to,
      (m) => {
        const held = watch.recordOf(key, m)?.endOffset;
        return `leader ${record.brokerId} of epoch ${leader.leaderEpoch} calls ${to} committed; ${m}, in sync, ends at ${held}`;
      },
    );
    this.judgeEnough(leader.isr, "high-watermark");
  }

  private judgeHeldBy(members: readonly number[], upTo: number, what: (member: number) => string): void {
    const { watch, record, key } = this;
    const partition = watch.ensemble.get(key);
    for (const member of new Set(members)) {
      if (member === record.brokerId) continue;
      const held = watch.recordOf(key, member);
      // A replica that was taken out and deleted owes nothing; of one whose disk failed nothing is known.
      // One that is out of the ISR to be mended acknowledged this before; its leader may not have heard yet that it is out.
      const isExcused =
        held === null ? partition?.state?.isr.includes(member) !== true : held.isTorn || held.damage === "out";
      watch.judge.hold("high-watermark", record.name, isExcused || (held !== null && held.endOffset >= upTo), () =>
        what(member),
      );
    }
  }

  private judgeEnough(isr: readonly number[], invariant: "high-watermark" | "acknowledgement"): void {
    const { watch, record, replica } = this;
    const needed = Math.min(watch.minInsyncReplicas(replica.topic), replica.replicas.length);
    watch.judge.hold(
      invariant,
      record.name,
      isr.length >= needed,
      () => `leader ${record.brokerId}: the ISR is [${isr.join(", ")}], ${needed} are needed`,
    );
  }

  private judgeAcknowledged(): void {
    const { watch, record, reference } = this;
    const all = this.acknowledged;
    this.acknowledged = [];
    for (const { baseOffset, endOffset, leaderEpoch, isr } of all) {
      watch.judge.hold(
        "acknowledgement",
        record.name,
        endOffset <= reference.committedEnd,
        () =>
          `leader ${record.brokerId} of epoch ${leaderEpoch} acknowledged [${baseOffset}..${endOffset - 1}]; committed is ` +
          `what lies below ${reference.committedEnd}`,
      );
      this.judgeHeldBy(
        isr,
        endOffset,
        (member) =>
          `leader ${record.brokerId} of epoch ${leaderEpoch} acknowledged [${baseOffset}..${endOffset - 1}]; ${member}, in sync, ` +
          `ends at ${watch.recordOf(this.key, member)?.endOffset}`,
      );
      this.judgeEnough(isr, "acknowledgement");
    }
  }

  /** Notes every answer to acks=all as it is given. What is judged is judged after the event: here the broker would take it for its own. */
  private hearAcknowledgements(): void {
    const { replica } = this;
    const enqueue = replica.enqueue.bind(replica);
    replica.enqueue = (append) => {
      const { batch, acks } = append;
      if (batch !== null && acks === -1) {
        const { lastOffsetDelta } = new BatchView(batch, 0);
        const settle = append.settle.bind(append);
        append.settle = (outcome) => {
          const { leader } = replica;
          if (outcome.error === "NONE" && leader !== null) {
            const { baseOffset } = outcome;
            const { leaderEpoch, isr } = leader;
            this.acknowledged.push({ baseOffset, endOffset: baseOffset + lastOffsetDelta + 1, leaderEpoch, isr });
          }
          settle(outcome);
        };
      }
      enqueue(append);
    };
  }

  /** @returns what lies in the log from `offset` on; null when the disk refuses just now */
  private read(offset: number): SeenBatch[] | null {
    const { log } = this.replica;
    const batches: SeenBatch[] = [];
    try {
      let next = offset;
      while (next < log.logEndOffset) {
        const upperBound = log.logEndOffset;
        const outcome = log.read({ offset: next, maxBytes: READ_BYTES, upperBound, minOneBatch: true });
        if (outcome.kind !== "records") break;
        batches.push(...seenBatches(Buffer.concat([...outcome.slices])));
        outcome.release();
        next = outcome.nextOffset;
      }
    } catch (error) {
      // A disk that fails is part of the game: looked at again after the next event.
      if (error instanceof DiskError) return null;
      throw error;
    }
    return batches;
  }
}

const READ_BYTES = 1 << 22;
