import type {
  Ack,
  Address,
  Attach,
  AttachAnswer,
  ClusterTransport,
  Detach,
  LeaderToFollower,
  LeaderWelcome,
  Progress,
  Push,
  ReplicationClientStream,
} from "@ottla/cluster-rpc";
import { type Clock, DiskError, type Logger, type Random, type Timer } from "@ottla/runtime";
import type { PartitionFollower } from "../partition/partition-follower";
import type { Partition } from "../partitions/partition";
import { FollowerCredit } from "./follower-credit";
import { Redial } from "./redial";
import type { ReplicationThrottle } from "./replication-throttle";

export interface LeaderLinkOptions {
  readonly leaderId: number;
  readonly brokerId: number;
  readonly brokerEpoch: () => bigint;
  readonly incarnation: string;
  readonly transport: ClusterTransport;
  /** `replica.fetch.backoff.ms`: the pause before a question that was refused is asked again. */
  readonly backoffMs: () => number;
  /** Shared by all links of this broker to leaders. */
  readonly throttle: ReplicationThrottle;
  readonly onAnswered: (leader: { readonly brokerId: number; readonly incarnation: string }) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One partition that follows this leader, in one leader epoch. */
interface Followed {
  readonly partition: Partition;
  /** The role it was entered for; another one since then means another entry. */
  readonly role: PartitionFollower;
  attachId: number | null;
  retryTimer: Timer | null;
  /** An acknowledgement waits for the device. */
  awaitsFlush: boolean;
  /** What the leader was told last. */
  isThrottled: boolean;
}

/**
 * The follower's end of the replication stream to one leader: asks to join for each partition that follows it, appends what is pushed, and
 * acknowledges once a tick what the logs hold by then.
 *
 * A stream that breaks takes everything with it: attaches, questions, high watermarks not yet applied (rule 12).
 */
export class LeaderLink {
  private readonly options: LeaderLinkOptions;
  private readonly followed = new Map<string, Followed>();
  private readonly byAttachId = new Map<number, Followed>();
  private readonly redial: Redial;
  private address: Address | null = null;
  /** Highest broker epoch known of the leader; a welcome under a lower one is from the past. */
  private leaderBrokerEpoch = -1n;
  private stream: ReplicationClientStream | null = null;
  private hangUp: (() => void) | null = null;
  private isWelcome = false;
  private isBlocked = false;
  private isScheduled = false;
  private isClosed = false;
  private questionsDue = new Set<Followed>();
  private acksDue = new Set<Followed>();
  private detachesDue: Detach[] = [];
  private readonly credit: FollowerCredit;
  /** Attached, and throttled as far as the leader was told. */
  private readonly throttled = new Set<Followed>();
  /** The leader has been told otherwise. */
  private throttlesDue = new Set<Followed>();

  constructor(options: LeaderLinkOptions) {
    this.options = options;
    this.credit = new FollowerCredit(options.throttle, () => this.schedule());
    this.redial = new Redial(options.clock, options.random, () => this.dial());
  }

  get isIdle(): boolean {
    return this.followed.size === 0;
  }

  /** Where the leader is, and under which registration, as the controller says. */
  onLeaderKnown(address: Address, brokerEpoch: bigint): void {
    const isElsewhere = this.address?.host !== address.host || this.address.port !== address.port;
    const isReborn = brokerEpoch > this.leaderBrokerEpoch;
    this.address = address;
    if (isReborn) this.leaderBrokerEpoch = brokerEpoch;
    if (isElsewhere) this.hangUp?.();
    if (isElsewhere || isReborn) this.redial.hurry();
    if (this.stream === null && isElsewhere) this.dial();
  }

  /** `partition` follows this leader from now on, in a new leader epoch. */
  follow(partition: Partition, role: PartitionFollower): void {
    this.forget(partition, role);
    const followed: Followed = {
      partition,
      role,
      attachId: null,
      retryTimer: null,
      awaitsFlush: false,
      isThrottled: false,
    };
    this.followed.set(keyOf(partition), followed);
    if (this.isWelcome) this.askSoon(followed);
    else if (this.stream === null && this.address !== null) this.dial();
  }

  /** It does not follow this leader any more. @param next its new role, of which the leader is told (rule 11) */
  forget(partition: Partition, next: { readonly leaderEpoch: number; readonly leader: number } | null): void {
    const followed = this.followed.get(keyOf(partition));
    if (followed === undefined) return;
    const { role } = followed;
    // Where it stops following, the leader must hear of that too: it would wait for a follower that seems to be there.
    if (next === null || next.leaderEpoch > role.leaderEpoch) this.tellDetached(followed, next ?? role);
    this.release(followed);
    role.onDetached();
    this.followed.delete(keyOf(partition));
  }

  /** What is throttled, or how much, may be another thing now. @param partition the one concerned; all unless said */
  onThrottlesChanged(partition?: Partition): void {
    this.credit.onRateChanged();
    if (partition === undefined) for (const followed of this.followed.values()) this.judgeThrottle(followed);
    else {
      const followed = this.followed.get(keyOf(partition));
      if (followed !== undefined) this.judgeThrottle(followed);
    }
  }

  /** This broker speaks under another broker epoch, or the leader must be dialled anew for another reason. */
  restart(): void {
    if (this.stream === null) return;
    this.hangUp?.();
    this.dial();
  }

  close(): void {
    this.isClosed = true;
    this.flush();
    this.redial.cancel();
    this.hangUp?.();
    for (const followed of this.followed.values()) this.release(followed);
    this.followed.clear();
  }

  private dial(): void {
    const { address } = this;
    if (this.isClosed || this.stream !== null || address === null || this.isIdle) return;
    this.redial.cancel();
    const { transport, brokerId, brokerEpoch, incarnation, leaderId } = this.options;
    const peer = transport.connect(address);
    const stream = peer.replicate();
    this.stream = stream;
    this.hangUp = () => {
      this.onBroken();
      stream.close("not needed any more");
      peer.close();
    };
    stream.onMessage((message) => {
      if (this.stream === stream) this.onMessage(message);
    });
    stream.onDrain(() => {
      this.isBlocked = false;
      this.schedule();
    });
    stream.onEnd(({ kind, detail }) => {
      if (this.stream !== stream) return;
      const wasWelcome = this.isWelcome;
      this.onBroken();
      peer.close();
      if (wasWelcome) this.options.logger.info("the replication stream ended", { leader: leaderId, kind, detail });
      this.redial.schedule();
    });
    stream.send({ kind: "hello", brokerId, brokerEpoch: brokerEpoch(), incarnation, expectedLeaderId: leaderId });
  }

  /** Nothing that belonged to the stream counts any more. */
  private onBroken(): void {
    this.stream = null;
    this.hangUp = null;
    this.isWelcome = false;
    this.isBlocked = false;
    this.questionsDue.clear();
    this.acksDue.clear();
    this.detachesDue = [];
    for (const followed of this.followed.values()) {
      this.release(followed);
      followed.role.onDetached();
    }
    this.byAttachId.clear();
    this.throttled.clear();
    this.throttlesDue.clear();
    this.credit.reset();
  }

  private onMessage(message: LeaderToFollower<"received">): void {
    switch (message.kind) {
      case "welcome":
        return this.onWelcome(message);
      case "attachAnswers":
        for (const answer of message.answers) this.onAnswer(answer);
        return;
      case "push":
        for (const push of message.partitions) this.onPush(push);
        return;
      case "progress":
        for (const progress of message.partitions) this.onProgress(progress);
    }
  }

  private onWelcome(welcome: LeaderWelcome): void {
    const { leaderId, onAnswered, logger } = this.options;
    if (welcome.brokerId !== leaderId || welcome.brokerEpoch < this.leaderBrokerEpoch) {
      logger.warn("dialled a leader and reached another broker, or its past", {
        leader: leaderId,
        brokerId: welcome.brokerId,
        brokerEpoch: welcome.brokerEpoch,
      });
      this.hangUp?.();
      this.redial.schedule();
      return;
    }
    this.leaderBrokerEpoch = welcome.brokerEpoch;
    this.isWelcome = true;
    this.redial.succeeded();
    onAnswered({ brokerId: welcome.brokerId, incarnation: welcome.incarnation });
    for (const followed of this.followed.values()) this.askSoon(followed);
  }

  private onAnswer(answer: AttachAnswer): void {
    const followed = this.followed.get(`${answer.topicId}-${answer.partition}`);
    if (followed === undefined || !isCurrent(followed)) return;
    const { partition, role } = followed;
    if (answer.leaderEpoch > role.leaderEpoch) partition.leadershipHeard(answer.leaderEpoch);
    const effect = role.onAnswer(answer, partition.place);
    if (effect.kind === "nothing" && role.state.kind === "attached") return;
    this.detach(followed);
    switch (effect.kind) {
      case "attached":
        if (answer.outcome !== "attached") return;
        followed.attachId = answer.attachId;
        this.byAttachId.set(answer.attachId, followed);
        if (followed.isThrottled) this.throttled.add(followed);
        this.judgeThrottle(followed);
        this.credit.want(this.throttled.size > 0);
        return this.takeProgress(followed, answer);
      case "askLater":
        return this.askLater(followed);
      case "truncate":
      case "restart":
        return this.cut(followed, effect);
      case "nothing":
        return;
    }
  }

  private onPush(push: Push<"received">): void {
    const followed = this.byAttachId.get(push.attachId);
    // Whatever becomes of it: it has gone over the wire.
    if (push.credited) this.credit.onUsed(push.records.length);
    else if (followed?.isThrottled) this.options.throttle.count(push.records.length);
    if (followed === undefined || !isCurrent(followed)) return;
    const { partition, role } = followed;
    const verdict = role.judgePush(push, partition.log.logEndOffset);
    if (verdict === "stale") return;
    if (verdict === "wrong") {
      this.detach(followed);
      return this.askSoon(followed);
    }
    try {
      const outcome = partition.appendPushed(push.records, push);
      if (outcome.kind === "refused") return this.onRefused(followed, outcome);
    } catch (error) {
      return this.onDiskError(followed, error);
    }
    this.acksDue.add(followed);
    this.schedule();
    this.takeProgress(followed, push);
  }

  private judgeThrottle(followed: Followed): void {
    const isThrottled = this.options.throttle.isOn && followed.partition.isThrottledAs("follower");
    if (followed.attachId === null || followed.isThrottled === isThrottled) return;
    followed.isThrottled = isThrottled;
    if (isThrottled) this.throttled.add(followed);
    else this.throttled.delete(followed);
    this.throttlesDue.add(followed);
    this.credit.want(this.throttled.size > 0);
    this.schedule();
  }

  private onRefused(followed: Followed, refusal: { readonly offset: number; readonly reason: string }): void {
    const { partition, role } = followed;
    const next = role.onPushRefused(refusal.offset);
    this.options.logger.error("refused what the leader pushed", {
      topic: partition.topic,
      partition: partition.index,
      leader: this.options.leaderId,
      reason: refusal.reason,
    });
    this.detach(followed);
    if (next === "askAgain") this.askSoon(followed);
    else this.askLater(followed);
  }

  private onProgress(progress: Progress): void {
    const followed = this.byAttachId.get(progress.attachId);
    if (followed === undefined || !isCurrent(followed) || !followed.role.isCurrent(progress)) return;
    this.takeProgress(followed, progress);
  }

  private takeProgress(
    followed: Followed,
    { highWatermark, logStartOffset }: Pick<Progress, "highWatermark" | "logStartOffset">,
  ) {
    const { partition } = followed;
    const startBefore = partition.log.logStartOffset;
    try {
      partition.followProgress(highWatermark, logStartOffset);
    } catch (error) {
      return this.onDiskError(followed, error);
    }
    if (partition.log.logStartOffset === startBefore) return;
    this.acksDue.add(followed);
    this.schedule();
  }

  private cut(followed: Followed, effect: { readonly kind: "truncate" | "restart"; readonly offset: number }): void {
    const { partition } = followed;
    const { log } = partition;
    this.options.logger.info(
      effect.kind === "truncate" ? "cuts its log as the leader's differs" : "begins its log anew",
      {
        topic: partition.topic,
        partition: partition.index,
        leader: this.options.leaderId,
        from: log.logEndOffset,
        to: effect.offset,
      },
    );
    try {
      if (effect.kind === "truncate") partition.cutTo(effect.offset);
      else partition.restartAt(effect.offset);
    } catch (error) {
      return this.onDiskError(followed, error);
    }
    log.truncationSettled().then(
      () => this.askSoon(followed),
      (error: unknown) => this.onDiskError(followed, error),
    );
  }

  /** The partition's directory is offline, and whoever owns it has been told. */
  private onDiskError(followed: Followed, error: unknown): void {
    if (!(error instanceof DiskError)) throw error;
    const { topic, index } = followed.partition;
    this.options.logger.error("cannot follow: the disk refused", { topic, partition: index, error });
    this.tellDetached(followed, followed.role);
    this.detach(followed);
  }

  private askSoon(followed: Followed): void {
    if (!this.isWelcome || !isCurrent(followed)) return;
    this.questionsDue.add(followed);
    this.schedule();
  }

  private askLater(followed: Followed): void {
    followed.retryTimer?.cancel();
    followed.retryTimer = this.options.clock.setTimer(
      this.options.backoffMs(),
      () => {
        followed.retryTimer = null;
        this.askSoon(followed);
      },
      { background: true },
    );
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.options.clock.afterTick(() => this.flush());
  }

  /** Says what the tick has to say. Numbers are read now: what was truncated since is not acknowledged (rule 8). */
  private flush(): void {
    this.isScheduled = false;
    const { stream } = this;
    if (stream === null || !this.isWelcome || this.isBlocked) return;
    const detaches = this.detachesDue;
    this.detachesDue = [];
    if (detaches.length > 0) this.send(stream, { kind: "detach", partitions: detaches });
    this.sendThrottle(stream);
    const acks = this.takeAcks();
    if (acks.length > 0) this.send(stream, { kind: "ack", partitions: acks });
    const questions = this.takeQuestions();
    if (questions.length > 0) this.send(stream, { kind: "attach", partitions: questions });
  }

  private sendThrottle(stream: ReplicationClientStream): void {
    const creditBytes = this.credit.takeUnsaid();
    if (creditBytes === 0 && this.throttlesDue.size === 0) return;
    const partitions: { attachId: number; throttled: boolean }[] = [];
    for (const { attachId, isThrottled } of this.throttlesDue)
      if (attachId !== null) partitions.push({ attachId, throttled: isThrottled });
    this.throttlesDue.clear();
    this.send(stream, { kind: "throttle", partitions, creditBytes });
  }

  private takeQuestions(): readonly Attach[] {
    const questions: Attach[] = [];
    for (const followed of this.questionsDue) {
      const { partition, role } = followed;
      const { topicId } = partition.log;
      if (!isCurrent(followed) || topicId === null || partition.log.offline !== null) continue;
      this.detach(followed);
      const question = role.ask(partition.place);
      if (question !== null) {
        followed.isThrottled = this.options.throttle.isOn && partition.isThrottledAs("follower");
        questions.push({ topicId, partition: partition.index, ...question, throttled: followed.isThrottled });
      } else {
        this.options.logger.error("the log knows a later leader epoch than the controller: this replica stands still", {
          topic: partition.topic,
          partition: partition.index,
          lastEpoch: partition.log.lastEpoch,
          leaderEpoch: role.leaderEpoch,
        });
      }
    }
    this.questionsDue.clear();
    return questions;
  }

  private takeAcks(): readonly Ack[] {
    const acks: Ack[] = [];
    for (const followed of this.acksDue) {
      const { attachId, partition, role } = followed;
      const { log } = partition;
      if (attachId === null || !isCurrent(followed) || log.offline !== null) continue;
      const { leaderEpoch } = role;
      acks.push({ attachId, leaderEpoch, endOffset: log.acknowledgedEndOffset, logStartOffset: log.logStartOffset });
      if (log.acknowledgedEndOffset < log.logEndOffset) this.acknowledgeWhenFlushed(followed);
    }
    this.acksDue.clear();
    return acks;
  }

  /** flush.messages=1: what is not on the device yet is acknowledged later. */
  private acknowledgeWhenFlushed(followed: Followed): void {
    if (followed.awaitsFlush) return;
    followed.awaitsFlush = true;
    const { log } = followed.partition;
    log.whenFlushed(log.logEndOffset).then(
      () => {
        followed.awaitsFlush = false;
        this.acksDue.add(followed);
        this.schedule();
      },
      (error: unknown) => {
        followed.awaitsFlush = false;
        // Cut off before it was flushed: there is nothing to acknowledge.
        if (log.offline !== null) this.onDiskError(followed, error);
      },
    );
  }

  private send(stream: ReplicationClientStream, message: Parameters<ReplicationClientStream["send"]>[0]): void {
    if (!stream.send(message)) this.isBlocked = true;
  }

  private tellDetached(
    { attachId, role }: Followed,
    next: { readonly leaderEpoch: number; readonly leader: number },
  ): void {
    if (attachId === null) return;
    const { leaderEpoch: newLeaderEpoch, leader: newLeader } = next;
    this.detachesDue.push({ attachId, leaderEpoch: role.leaderEpoch, newLeaderEpoch, newLeader });
    this.schedule();
  }

  /** What comes under its attach from now on is nobody's. */
  private detach(followed: Followed): void {
    if (followed.attachId !== null) this.byAttachId.delete(followed.attachId);
    followed.attachId = null;
    this.acksDue.delete(followed);
    this.throttlesDue.delete(followed);
    if (this.throttled.delete(followed)) this.credit.want(this.throttled.size > 0);
  }

  private release(followed: Followed): void {
    this.detach(followed);
    this.questionsDue.delete(followed);
    followed.retryTimer?.cancel();
    followed.retryTimer = null;
  }
}

/** Whether the role it was entered for is still the partition's. */
function isCurrent({ partition, role }: Followed): boolean {
  return partition.follower === role;
}

function keyOf({ log, index }: Partition): string {
  return `${log.topicId ?? ""}-${index}`;
}
