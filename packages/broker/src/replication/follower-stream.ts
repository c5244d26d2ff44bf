import type {
  Ack,
  Attach,
  AttachAnswer,
  Detach,
  FollowerHello,
  FollowerToLeader,
  Progress,
  Push,
  ReplicationStream,
  ThrottleMessage,
} from "@ottla/cluster-rpc";
import type { Clock, Logger } from "@ottla/runtime";
import type { Partition } from "../partitions/partition";
import type { PartitionManager } from "../partitions/partition-manager";
import { Attachment } from "./attachment";
import { PushBudget } from "./push-budget";
import { type NextPush, PUSH_BYTES_MAX, PushSource } from "./push-source";
import { PushWindow } from "./push-window";
import type { ReplicationThrottle } from "./replication-throttle";

export interface FollowerStreamOptions {
  readonly stream: ReplicationStream;
  /** Who follows: what its hello said, already checked. */
  readonly follower: FollowerHello;
  readonly partitions: PartitionManager;
  readonly windowBytes: number;
  /** Shared by all streams to followers of this broker. */
  readonly throttle: ReplicationThrottle;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sent in one go before other work of the event loop gets its turn. */
const PUMP_BYTES_MAX = 1024 * 1024;
/** More questions than this wait for no leader: whoever asks so much is broken. */
const PARKED_MAX = 200_000;

/**
 * The leader's end of one replication stream: answers a follower's questions, pushes what the logs hold beyond its position, and takes its
 * acknowledgements.
 *
 * Events mark what is due; one pass at the end of the tick sends it, in-sync partitions first. A high watermark rides on the next push of
 * its partition, or goes alone when there is none; of several only the newest is sent.
 */
export class FollowerStream {
  readonly follower: FollowerHello;
  private readonly options: FollowerStreamOptions;
  private readonly attachments = new Map<number, Attachment>();
  private readonly byPartition = new Map<Partition, Attachment>();
  /** Questions ahead of what this broker knows, by topic id and partition; the newest of each counts. */
  private readonly parked = new Map<string, Attach>();
  private readonly window: PushWindow;
  private readonly budget: PushBudget;
  private readonly source: PushSource;
  private readonly ending = new AbortController();
  private answers: AttachAnswer[] = [];
  private pushDue = new Set<Attachment>();
  /** Have something to push, and wait until a throttle lets it through; they stand in nobody's way meanwhile. */
  private heldBack = new Set<Attachment>();
  private progressDue = new Set<Attachment>();
  /** What was read from the device since the last pass. */
  private pushesReady: { readonly attachment: Attachment; readonly push: Push; readonly sizeBytes: number }[] = [];
  private nextAttachId = 1;
  private isPumpScheduled = false;
  private isBlocked = false;
  private isEnded = false;

  constructor(options: FollowerStreamOptions) {
    this.options = options;
    this.follower = options.follower;
    this.window = new PushWindow(options.windowBytes);
    this.budget = new PushBudget(options.throttle);
    this.source = new PushSource(this.window, this.budget, this.ending.signal);
    options.stream.onDrain(() => {
      this.isBlocked = false;
      this.pump();
    });
  }

  onMessage(message: FollowerToLeader): void {
    if (this.isEnded) return;
    switch (message.kind) {
      case "hello":
        return this.options.stream.close("a second hello");
      case "attach":
        for (const attach of message.partitions) this.onAttach(attach);
        break;
      case "ack":
        for (const ack of message.partitions) this.onAck(ack);
        break;
      case "detach":
        for (const detach of message.partitions) this.onDetach(detach);
        break;
      case "throttle":
        return this.onThrottle(message);
    }
  }

  /** The stream is over, or must not count any more: its follower speaks elsewhere now. */
  end(reason: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    for (const attachment of this.attachments.values()) this.drop(attachment);
    this.parked.clear();
    this.options.throttle.forget(this.onThrottleLifted);
    this.ending.abort();
    this.options.stream.close(reason);
  }

  /** A leader epoch began, or the ISR changed: what stood in an earlier one is over, and who waited for this one is answered. */
  onRole(partition: Partition): void {
    const attachment = this.byPartition.get(partition);
    if (attachment !== undefined) {
      if (!attachment.isCurrent) this.drop(attachment);
      // In sync by now, it waits no longer.
      else this.reconsider(attachment);
    }
    const key = keyOf(partition.log.topicId ?? "", partition.index);
    const attach = this.parked.get(key);
    if (attach === undefined) return;
    this.parked.delete(key);
    this.onAttach(attach);
  }

  /** The replica is gone, or its directory failed. */
  onStopped(partition: Partition): void {
    const attachment = this.byPartition.get(partition);
    if (attachment !== undefined) this.refuse(attachment, "NOT_LEADER_OR_FOLLOWER");
  }

  /** What is throttled may be another thing now. @param partition the one concerned; all unless said */
  onThrottlesChanged(partition?: Partition): void {
    if (partition === undefined) {
      for (const attachment of this.heldBack) this.reconsider(attachment);
      return;
    }
    const attachment = this.byPartition.get(partition);
    if (attachment !== undefined) this.reconsider(attachment);
  }

  onAppended(partition: Partition): void {
    const attachment = this.byPartition.get(partition);
    if (attachment === undefined || this.heldBack.has(attachment)) return;
    this.pushDue.add(attachment);
    this.schedule();
  }

  onProgress(partition: Partition): void {
    const attachment = this.byPartition.get(partition);
    if (attachment === undefined) return;
    this.progressDue.add(attachment);
    this.schedule();
  }

  /** The tick's appends are written: they go out now, if they have not. */
  onTickWritten(): void {
    if (this.isPumpScheduled) this.pump();
  }

  private onAttach(attach: Attach): void {
    const { topicId, partition: index, attempt } = attach;
    const partition = this.options.partitions.byTopicId(topicId, index);
    const before = partition === undefined ? undefined : this.byPartition.get(partition);
    if (before !== undefined) this.drop(before);
    if (partition === undefined) return this.park(attach);
    if (attach.leaderEpoch > partition.leaderEpoch) partition.leadershipHeard(attach.leaderEpoch);
    const verdict = partition.judgeAttach(this.follower.brokerId, attach);
    const header = { topicId, partition: index, attempt, leaderEpoch: partition.leaderEpoch };
    switch (verdict.kind) {
      case "park":
        return this.park(attach);
      case "attached":
        return this.attach(attach, partition);
      case "diverged":
        return this.answer({ ...header, outcome: "diverged", epoch: verdict.epoch, endOffset: verdict.endOffset });
      case "restart":
        return this.answer({ ...header, outcome: "restart", logStartOffset: verdict.logStartOffset });
      case "fenced":
        return this.answer({ ...header, outcome: "fenced" });
      case "refused":
        return this.answer({ ...header, outcome: "refused", error: verdict.error });
    }
  }

  private attach(attach: Attach, partition: Partition): void {
    const { leader, log } = partition;
    if (leader === null) return;
    const { logEndOffset, logStartOffset, attempt } = attach;
    const attachId = this.nextAttachId++;
    const attachment = new Attachment(attachId, attempt, partition, leader, logEndOffset);
    attachment.isThrottled = attach.throttled;
    this.attachments.set(attachId, attachment);
    this.byPartition.set(partition, attachment);
    partition.onFollowerAttached(this.follower.brokerId, this.follower.brokerEpoch, { logEndOffset, logStartOffset });
    this.answer({
      topicId: attach.topicId,
      partition: attach.partition,
      attempt,
      leaderEpoch: leader.leaderEpoch,
      outcome: "attached",
      attachId,
      highWatermark: log.highWatermark,
      logStartOffset: log.logStartOffset,
    });
    if (attachment.hasMore) this.pushDue.add(attachment);
  }

  private onAck(ack: Ack): void {
    const attachment = this.attachments.get(ack.attachId);
    if (attachment === undefined) return;
    if (!attachment.isCurrent || ack.leaderEpoch !== attachment.leader.leaderEpoch) return;
    const { brokerId, brokerEpoch } = this.follower;
    const at = { logEndOffset: ack.endOffset, logStartOffset: ack.logStartOffset };
    const isPossible =
      ack.endOffset <= attachment.nextOffset && attachment.partition.onFollowerAck(brokerId, brokerEpoch, at);
    if (!isPossible) {
      this.options.logger.warn("a follower acknowledged what cannot be: it has to attach again", {
        topic: attachment.partition.topic,
        partition: attachment.partition.index,
        brokerId,
        endOffset: ack.endOffset,
        sentUpTo: attachment.nextOffset,
      });
      return this.refuse(attachment, "UNKNOWN_SERVER_ERROR");
    }
    attachment.acknowledged(ack.endOffset);
    if (this.pushDue.size > 0) this.schedule();
  }

  private onDetach(detach: Detach): void {
    const attachment = this.attachments.get(detach.attachId);
    if (attachment === undefined || attachment.leader.leaderEpoch !== detach.leaderEpoch) return;
    if (attachment.isCurrent && detach.newLeaderEpoch > detach.leaderEpoch) {
      const { newLeader: leader, newLeaderEpoch: leaderEpoch } = detach;
      const { log, index } = attachment.partition;
      this.options.partitions.leadershipHeard(
        { topicId: log.topicId ?? "", partition: index },
        { leader, leaderEpoch },
      );
    }
    this.drop(attachment);
  }

  private onThrottle({ partitions, creditBytes }: ThrottleMessage): void {
    for (const { attachId, throttled } of partitions) {
      const attachment = this.attachments.get(attachId);
      if (attachment !== undefined) attachment.isThrottled = throttled;
    }
    this.budget.onCredit(creditBytes);
    for (const attachment of this.heldBack) this.reconsider(attachment);
  }

  /** What was held back may go, if a throttle does not say otherwise again. */
  private reconsider(attachment: Attachment): void {
    if (!this.heldBack.delete(attachment)) return;
    this.pushDue.add(attachment);
    this.schedule();
  }

  private readonly onThrottleLifted = (): void => {
    for (const attachment of this.heldBack) this.pushDue.add(attachment);
    this.heldBack.clear();
    // At once, so that the next stream in line sees what this one leaves.
    this.pump();
  };

  private holdBack(attachment: Attachment): void {
    this.pushDue.delete(attachment);
    this.heldBack.add(attachment);
    if (this.budget.waitsHere(attachment)) this.options.throttle.whenAvailable(this.onThrottleLifted);
  }

  private park(attach: Attach): void {
    this.parked.set(keyOf(attach.topicId, attach.partition), attach);
    if (this.parked.size > PARKED_MAX) this.options.stream.close("too many questions");
  }

  /** Ends an attachment from this side: an answer to the attempt that was attached says so. */
  private refuse(
    attachment: Attachment,
    error: "NOT_LEADER_OR_FOLLOWER" | "KAFKA_STORAGE_ERROR" | "UNKNOWN_SERVER_ERROR",
  ) {
    this.answer({ ...headerOf(attachment), outcome: "refused", error });
    this.drop(attachment);
  }

  private drop(attachment: Attachment): void {
    const { partition, attachId } = attachment;
    if (attachment.isCurrent) partition.onFollowerDetached(this.follower.brokerId);
    attachment.drop();
    this.attachments.delete(attachId);
    if (this.byPartition.get(partition) === attachment) this.byPartition.delete(partition);
    this.pushDue.delete(attachment);
    this.heldBack.delete(attachment);
    this.progressDue.delete(attachment);
  }

  private answer(answer: AttachAnswer): void {
    this.answers.push(answer);
    this.schedule();
  }

  private schedule(): void {
    if (this.isPumpScheduled || this.isEnded) return;
    this.isPumpScheduled = true;
    this.options.clock.afterTick(() => {
      if (this.isPumpScheduled) this.pump();
    });
  }

  /** Sends what is due, as far as the window and the stream's buffer allow. */
  private pump(): void {
    this.isPumpScheduled = false;
    if (this.isEnded || this.isBlocked) return;
    const { answers } = this;
    if (answers.length > 0) {
      this.answers = [];
      this.send({ kind: "attachAnswers", answers });
    }
    const message = new PushMessageBuilder((partitions) => this.send({ kind: "push", partitions }));
    for (const { attachment, push, sizeBytes } of this.pushesReady)
      if (attachment.isCurrent) message.add(push, sizeBytes);
    for (const ready of this.pushesReady) this.progressDue.delete(ready.attachment);
    this.pushesReady = [];
    this.pushAll(true, message);
    this.pushAll(false, message);
    message.finish();
    this.sendProgress();
  }

  /** One push for each partition in turn, until all is sent or nothing more may be. Whoever was served stands last in line. */
  private pushAll(isInSync: boolean, message: PushMessageBuilder): void {
    for (const attachment of this.pushDue) {
      if (attachment.leader.isInSync(this.follower.brokerId) !== isInSync) continue;
      if (message.totalBytes >= PUMP_BYTES_MAX) return this.schedule();
      if (this.isBlocked) return;
      if (!this.pushOne(attachment, isInSync, message)) continue;
      this.pushDue.delete(attachment);
      if (attachment.hasMore) this.pushDue.add(attachment);
    }
  }

  /** @returns whether something was sent */
  private pushOne(attachment: Attachment, isInSync: boolean, message: PushMessageBuilder): boolean {
    const next = this.source.next(attachment, isInSync, (read) => this.onRead(attachment, read));
    switch (next.kind) {
      case "push":
        message.add(next.push, next.sizeBytes);
        this.progressDue.delete(attachment);
        return true;
      case "nothing":
        this.pushDue.delete(attachment);
        return false;
      case "throttled":
        this.holdBack(attachment);
        return false;
      default:
        this.onNoPush(attachment, next);
        return false;
    }
  }

  private onRead(attachment: Attachment, next: NextPush | null): void {
    if (next === null || this.isEnded) return;
    if (next.kind === "push") this.pushesReady.push({ attachment, push: next.push, sizeBytes: next.sizeBytes });
    else this.onNoPush(attachment, next);
    this.schedule();
  }

  private onNoPush(attachment: Attachment, next: NextPush): void {
    if (next.kind === "restart") {
      const { logStartOffset } = attachment.partition.log;
      this.answer({ ...headerOf(attachment), outcome: "restart", logStartOffset });
      this.drop(attachment);
    } else if (next.kind === "failed") {
      const { topic, index } = attachment.partition;
      this.options.logger.error("read for a follower failed", { topic, partition: index, error: next.error });
      this.refuse(attachment, "KAFKA_STORAGE_ERROR");
    }
  }

  private sendProgress(): void {
    if (this.progressDue.size === 0 || this.isBlocked) return;
    const partitions: Progress[] = [];
    for (const { attachId, leader, partition, isCurrent } of this.progressDue) {
      if (!isCurrent) continue;
      const { highWatermark, logStartOffset } = partition.log;
      partitions.push({ attachId, leaderEpoch: leader.leaderEpoch, highWatermark, logStartOffset });
    }
    this.progressDue = new Set();
    if (partitions.length > 0) this.send({ kind: "progress", partitions });
  }

  private send(message: Parameters<ReplicationStream["send"]>[0]): void {
    if (!this.options.stream.send(message)) this.isBlocked = true;
  }
}

/** Puts the pushes of one pass into messages of a good size. */
class PushMessageBuilder {
  totalBytes = 0;
  private partitions: Push[] = [];
  private sizeBytes = 0;

  constructor(private readonly send: (partitions: readonly Push[]) => void) {}

  add(push: Push, sizeBytes: number): void {
    if (this.sizeBytes > 0 && this.sizeBytes + sizeBytes > PUSH_BYTES_MAX) this.finish();
    this.partitions.push(push);
    this.sizeBytes += sizeBytes;
    this.totalBytes += sizeBytes;
  }

  finish(): void {
    if (this.partitions.length === 0) return;
    this.send(this.partitions);
    this.partitions = [];
    this.sizeBytes = 0;
  }
}

function headerOf({ partition, attempt, leader }: Attachment) {
  return {
    topicId: partition.log.topicId ?? "",
    partition: partition.index,
    attempt,
    leaderEpoch: leader.leaderEpoch,
  };
}

function keyOf(topicId: string, partition: number): string {
  return `${topicId}-${partition}`;
}
