import {
  type BrokerCommand,
  type BrokerReply,
  EPOCH_DURING_DELETE,
  type LeaderAndIsrCommand,
  type PartitionAssignment,
  type PartitionError,
  type StoppedReplica,
  type StopReplicaCommand,
} from "@ottla/controller";
import { type Clock, DiskError, type Logger, sleep, type Timer } from "@ottla/runtime";
import type { LogDirectory, PartitionLog } from "@ottla/storage";
import type { BrokerConfig } from "../config/broker-config";
import type { TopicConfigs } from "../config/topic-configs";
import type { MetadataCache } from "../metadata/metadata-cache";
import type { ServingGuard } from "../partition/serving-guard";
import type { UnusableLogDirectory } from "../startup/log-directories";
import type { IsrProposals } from "./isr-proposals";
import { LogMoves } from "./log-moves";
import { Partition } from "./partition";
import { PauseWatch } from "./pause-watch";
import { Readiness } from "./readiness";
import type { ReplicaObserver } from "./replica-observer";
import { ReplicaObservers } from "./replica-observers";

export interface PartitionManagerOptions {
  readonly brokerId: number;
  /** czxid of this broker's current registration; commands meant for another incarnation are refused. */
  readonly brokerEpoch: () => bigint;
  readonly logDirectories: readonly LogDirectory[];
  /** Directories that could not be opened at the start: replicas may lie there. */
  readonly unusableDirectories?: readonly UnusableLogDirectory[];
  readonly metadata: MetadataCache;
  readonly config: BrokerConfig;
  readonly topicConfigs: TopicConfigs;
  /** Where leaders bring their ISR changes; without it these stay pending. */
  readonly isrProposals?: IsrProposals;
  /** A replica cannot be relied on any more though its directory works: the controller is to ask for all of this broker's. */
  readonly onReplicaLost?: () => void;
  /** Says when this broker must not append (rules 18 to 20); without it, never. */
  readonly guard?: ServingGuard;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The replicas on this broker, and the receiving end of the controller's commands.
 *
 * A command is applied in one synchronous step; its reply is the acknowledgement. Commands of a controller older than one already
 * heard, or for another incarnation of this broker, change nothing (rule 5).
 */
export class PartitionManager {
  private readonly options: PartitionManagerOptions;
  private readonly partitions = new Map<string, Map<number, Partition>>();
  /** Logs found on disk that no command has named yet. */
  private readonly unclaimed = new Map<string, PartitionLog>();
  /** Replicas that may lie in a directory that is offline, by topic id and index. */
  private readonly missing = new Set<string>();
  private readonly unsubscribe: () => void;
  private controllerEpoch = 0;
  private flushScheduled: Partition[] = [];
  private readonly readiness = new Readiness();
  private readonly observers = new ReplicaObservers();
  private readonly pauses: PauseWatch;
  /** Replicas on their way from one log directory to another. */
  readonly moves: LogMoves;
  /** By topic id, then partition index: the names that brokers use among themselves (rule 1). */
  private readonly byId = new Map<string, Map<number, Partition>>();
  private lagTimer: Timer | null = null;
  private draining = false;
  private isStopped = false;

  constructor(options: PartitionManagerOptions) {
    this.options = options;
    this.pauses = new PauseWatch(options.clock);
    this.pauses.onPause((lateMs) => this.onPaused(lateMs));
    for (const directory of options.logDirectories) {
      for (const log of directory.logs()) this.unclaimed.set(keyOf(log.topic, log.partition), log);
      directory.onFailure((error) => this.onDirectoryFailure(directory, error));
    }
    this.moves = new LogMoves({
      directories: options.logDirectories,
      unusable: this.unusableDirectories,
      replicaOf: (topic, index) => this.get(topic, index),
      logConfig: (topic) => options.topicConfigs.logConfig(topic),
      bytesPerSecond: () => options.config.get("replica.alter.log.dirs.io.max.bytes.per.second"),
      clock: options.clock,
      logger: options.logger,
    });
    this.unsubscribe = options.topicConfigs.onChange((topic) => this.onConfigChanged(topic));
  }

  /** The replica of a partition on this broker, whatever its role. */
  get(topic: string, index: number): Partition | undefined {
    return this.partitions.get(topic)?.get(index);
  }

  /**
   * The replica a client asks for.
   *
   * @returns why there is none: unknown to the cluster, or led elsewhere
   */
  find(
    topic: string,
    index: number,
  ): Partition | "UNKNOWN_TOPIC_OR_PARTITION" | "NOT_LEADER_OR_FOLLOWER" | "KAFKA_STORAGE_ERROR" {
    const partition = this.get(topic, index);
    const known = this.options.metadata.partition(topic, index);
    if (partition !== undefined) {
      // Not every client looks for another leader because of a storage error; each does because of this.
      const isElsewhere = known !== undefined && known.leader >= 0 && known.leader !== this.options.brokerId;
      return partition.log.offline !== null && isElsewhere ? "NOT_LEADER_OR_FOLLOWER" : partition;
    }
    if (known === undefined) return "UNKNOWN_TOPIC_OR_PARTITION";
    if (this.isStopped) return "NOT_LEADER_OR_FOLLOWER";
    // Told to hold it, yet not able to: its directory failed. With all of them in order, it has gone to others, of whom we hear next.
    const isHere = known.leader === this.options.brokerId;
    return isHere && this.isDirectoryOffline ? "KAFKA_STORAGE_ERROR" : "NOT_LEADER_OR_FOLLOWER";
  }

  /** Begins to look for followers that lag, and for pauses of this process; `stop` ends it. */
  start(): void {
    this.pauses.start();
    this.scheduleLagCheck();
  }

  /** The replica of a partition named as brokers name it among themselves. */
  byTopicId(topicId: string, index: number): Partition | undefined {
    return this.byId.get(topicId)?.get(index);
  }

  /**
   * How far this broker's own log of a partition reaches, whoever leads it, and before anything was told of it too (rule 58).
   *
   * @returns null when it is not here, or its directory is offline; `lastEpoch` -1 for a log without records
   */
  logEnd(topicId: string, index: number): { readonly lastEpoch: number; readonly logEndOffset: number } | null {
    const log = this.byTopicId(topicId, index)?.log ?? this.unclaimedById(topicId, index);
    if (log === undefined || log.offline !== null) return null;
    // What is damaged counts as missing, and so does all behind it, which could not be copied from here.
    const { damage, logEndOffset, lastEpoch } = log;
    if (damage === null) return { lastEpoch: lastEpoch ?? -1, logEndOffset };
    return { lastEpoch: log.leaderEpochAt(damage.offset - 1) ?? -1, logEndOffset: damage.offset };
  }

  /** Replicas that lead. */
  *ledPartitions(): Iterable<Partition> {
    for (const partition of this.all()) if (partition.leader !== null) yield partition;
  }

  /** Tells `observer` what happens to replicas until the returned function is called. */
  observe(observer: ReplicaObserver): () => void {
    return this.observers.add(observer);
  }

  /** Tells `listener` of pauses of this process, and by how many milliseconds they were noticed late (rule 31). */
  onPause(listener: (lateMs: number) => void): () => void {
    return this.pauses.onPause(listener);
  }

  /** A session with a controller stands: every proposal not yet settled is made again on it (rule 24). */
  sessionOpened(): void {
    for (const partition of this.ledPartitions()) partition.proposeAgain();
  }

  /**
   * Somebody knows of a later leader epoch (rules 18, 19): the partition appends nothing until the controller's own word comes. Clients are
   * told at once who leads in it: those who reach this broker alone would otherwise be sent back here for as long as the controller is
   * out of its reach.
   */
  leadershipHeard(
    about: { readonly topicId: string; readonly partition: number },
    { leader, leaderEpoch }: { readonly leader: number; readonly leaderEpoch: number },
  ): void {
    this.byTopicId(about.topicId, about.partition)?.leadershipHeard(leaderEpoch);
    this.options.metadata.leaderHeard(about.topicId, about.partition, { leader, leaderEpoch });
  }

  /**
   * Takes no more produced batches, and waits for what it has to be committed (rule 38).
   *
   * @returns false when time was up before every partition led here had its high watermark at its log end
   * @throws Aborted
   */
  async drain(deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    this.draining = true;
    const { clock } = this.options;
    const endMs = clock.monotonicMs() + deadlineMs;
    while (!this.isDrained) {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) return false;
      await sleep(clock, Math.min(DRAIN_LOOK_MS, leftMs), signal);
    }
    return true;
  }

  private get isDrained(): boolean {
    for (const { leader, log } of this.ledPartitions()) {
      if (log.offline === null && leader !== null && leader.highWatermark < log.logEndOffset) return false;
    }
    return true;
  }

  /** Whether a log of the topic lies here, be it of a replica or left over from one. */
  holds(topic: string): boolean {
    if (this.partitions.has(topic)) return true;
    for (const log of this.unclaimed.values()) if (log.topic === topic) return true;
    return false;
  }

  /** Every replica on this broker. */
  *all(): Iterable<Partition> {
    for (const ofTopic of this.partitions.values()) yield* ofTopic.values();
  }

  get logDirectories(): readonly LogDirectory[] {
    return this.options.logDirectories;
  }

  /** Directories that could not be opened at the start. */
  get unusableDirectories(): readonly UnusableLogDirectory[] {
    return this.options.unusableDirectories ?? [];
  }

  /** Takes one command of the controller. */
  apply(command: BrokerCommand): BrokerReply {
    if (command.brokerEpoch !== this.options.brokerEpoch()) return failed("STALE_BROKER_EPOCH");
    if (command.controllerEpoch < this.controllerEpoch) return failed("STALE_CONTROLLER_EPOCH");
    this.controllerEpoch = command.controllerEpoch;
    switch (command.kind) {
      case "updateMetadata":
        this.options.metadata.apply(command);
        this.observers.onBrokers(command.brokers);
        if (command.full) this.readiness.onFullMetadata(command.brokerEpoch);
        return { error: "NONE", partitionErrors: [] };
      case "leaderAndIsr":
        return this.applyLeaderAndIsr(command);
      case "stopReplica":
        return this.applyStopReplica(command);
    }
  }

  /** Resolves once the controller has told this incarnation its full state. @throws Aborted */
  whenReady(signal: AbortSignal): Promise<void> {
    return this.readiness.whenReady(signal);
  }

  /** Fails whoever waits here; nothing is appended afterwards. The logs stay open: their directories close them. */
  stop(): void {
    this.isStopped = true;
    this.moves.stop();
    this.unsubscribe();
    this.pauses.stop();
    this.lagTimer?.cancel();
    this.lagTimer = null;
    for (const partition of this.all()) partition.stop();
    this.partitions.clear();
    this.byId.clear();
  }

  private applyLeaderAndIsr(command: LeaderAndIsrCommand & BrokerCommand): BrokerReply {
    const partitionErrors: PartitionError[] = [];
    this.observers.onBrokers(command.liveLeaders);
    for (const assignment of command.partitions) {
      const error = this.applyAssignment(assignment, command.controllerEpoch);
      if (error === null) continue;
      partitionErrors.push({ topic: assignment.topic, partition: assignment.partition, error });
    }
    if (command.full) this.readiness.onFullAssignments(command.brokerEpoch);
    return { error: "NONE", partitionErrors };
  }

  private applyAssignment(assignment: PartitionAssignment, controllerEpoch: number): PartitionError["error"] | null {
    const { topic, partition: index } = assignment;
    const about = { topic, partition: index };
    try {
      if (this.mayBeOffline(assignment)) {
        this.options.logger.debug("a replica has no log, which may lie in a directory that is offline", about);
        return "KAFKA_STORAGE_ERROR";
      }
      const partition = this.get(topic, index) ?? this.host(assignment);
      if (partition.log.offline !== null) return "KAFKA_STORAGE_ERROR";
      const decision = partition.apply(assignment, controllerEpoch);
      // Asked out of the ISR by a storage error: records are damaged here that another member has.
      if (decision.kind !== "refuse") return partition.mustLeaveIsr ? "KAFKA_STORAGE_ERROR" : null;
      this.options.logger.warn(`refused the controller's decision: ${decision.reason}`, {
        ...about,
        error: decision.error,
      });
      return decision.error;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.options.logger.error("cannot hold a partition", { ...about, error });
      return "KAFKA_STORAGE_ERROR";
    }
  }

  private host(assignment: PartitionAssignment): Partition {
    const { topic, partition: index, topicId } = assignment;
    const key = keyOf(topic, index);
    const found = this.unclaimed.get(key);
    if (found?.topicId === null && found.offline === null) found.adoptTopicId(topicId);
    const log = found ?? this.createLog(assignment);
    this.unclaimed.delete(key);
    // Topic configs may have been read after the directory was loaded.
    if (found !== undefined) log.updateConfig(this.options.topicConfigs.logConfig(topic));
    const partition = new Partition({
      brokerId: this.options.brokerId,
      log,
      scheduleFlush: (dirty) => this.scheduleFlush(dirty),
      topicConfig: () => this.options.topicConfigs.of(topic),
      replicaLagTimeMaxMs: this.options.config.get("replica.lag.time.max.ms"),
      isrProposals: this.options.isrProposals,
      mayAppend: (asking) => this.mayAppend(asking),
      observer: this.observers,
      onMustLeaveIsr: () => this.options.onReplicaLost?.(),
      clock: this.options.clock,
      logger: this.options.logger,
    });
    let ofTopic = this.partitions.get(topic);
    if (ofTopic === undefined) this.partitions.set(topic, (ofTopic = new Map()));
    ofTopic.set(index, partition);
    let ofId = this.byId.get(topicId);
    if (ofId === undefined) this.byId.set(topicId, (ofId = new Map()));
    ofId.set(index, partition);
    this.moves.resume(partition);
    return partition;
  }

  /**
   * Whether the replica's log, which is not here, may lie in a directory that is offline. One that is new lies nowhere; an empty log in
   * the place of any other would pass for what was acknowledged.
   */
  private mayBeOffline({ topic, topicId, partition, isNew }: PartitionAssignment): boolean {
    if (this.get(topic, partition) !== undefined || this.unclaimed.has(keyOf(topic, partition))) return false;
    const key = `${topicId}/${partition}`;
    // Once it has counted as offline, it must not lie in two directories when the disk is back.
    if (isNew && !this.missing.has(key)) return false;
    const isMissing = this.isDirectoryOffline;
    if (isMissing) this.missing.add(key);
    return isMissing;
  }

  private get isDirectoryOffline(): boolean {
    return this.unusableDirectories.length > 0 || this.logDirectories.some(({ failure }) => failure !== null);
  }

  /** Makes a new log in the directory that has the fewest; a disk that refuses is out, and the next one has its turn. */
  private createLog({ topic, partition, topicId }: PartitionAssignment): PartitionLog {
    const config = this.options.topicConfigs.logConfig(topic);
    let wished = this.moves.placeFor(topic, partition);
    for (;;) {
      const directory = wished ?? this.emptiestDirectory();
      wished = null;
      try {
        return directory.create(topic, partition, topicId, config);
      } catch (error) {
        if (!(error instanceof DiskError) || directory.failure === null) throw error;
        this.options.logger.error("cannot make a log here", { directory: directory.path, topic, partition, error });
      }
    }
  }

  private applyStopReplica(command: StopReplicaCommand & BrokerCommand): BrokerReply {
    const partitionErrors: PartitionError[] = [];
    for (const stopped of command.partitions) {
      const error = this.stopReplica(stopped);
      if (error !== null) partitionErrors.push({ topic: stopped.topic, partition: stopped.partition, error });
    }
    return { error: "NONE", partitionErrors };
  }

  private stopReplica(stopped: StoppedReplica): PartitionError["error"] | null {
    const { topic, partition: index } = stopped;
    const partition = this.get(topic, index);
    const log = partition?.log ?? this.unclaimed.get(keyOf(topic, index));
    if (log === undefined) {
      // What is called deleted must not come back with the disk that holds it.
      return stopped.deleteLog && this.unusableDirectories.length > 0 ? "KAFKA_STORAGE_ERROR" : null;
    }
    // Only the topic the controller means: a namesake made since then keeps its log (rule 49).
    if (log.topicId !== null && log.topicId !== stopped.topicId) return "INCONSISTENT_TOPIC_ID";
    const always = stopped.leaderEpoch === EPOCH_DURING_DELETE;
    if (!always && partition !== undefined && stopped.leaderEpoch < partition.leaderEpoch) return "FENCED_LEADER_EPOCH";
    if (log.offline !== null) return "KAFKA_STORAGE_ERROR";
    partition?.stop();
    this.forget(topic, index, log.topicId ?? stopped.topicId);
    if (!stopped.deleteLog) {
      this.unclaimed.set(keyOf(topic, index), log);
      return null;
    }
    this.unclaimed.delete(keyOf(topic, index));
    this.moves.abandon(topic, index);
    try {
      this.directoryOf(log)?.delete(topic, index);
      return null;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.options.logger.error("cannot delete a partition", { topic, partition: index, error });
      return "KAFKA_STORAGE_ERROR";
    }
  }

  private forget(topic: string, index: number, topicId: string): void {
    const ofTopic = this.partitions.get(topic);
    ofTopic?.delete(index);
    if (ofTopic?.size === 0) this.partitions.delete(topic);
    const ofId = this.byId.get(topicId);
    ofId?.delete(index);
    if (ofId?.size === 0) this.byId.delete(topicId);
  }

  private directoryOf(log: PartitionLog): LogDirectory | undefined {
    return this.options.logDirectories.find((directory) => directory.get(log.topic, log.partition) === log);
  }

  private emptiestDirectory(): LogDirectory {
    let best: { directory: LogDirectory; count: number } | null = null;
    for (const directory of this.options.logDirectories) {
      if (directory.failure !== null) continue;
      const count = [...directory.logs()].length;
      if (best === null || count < best.count) best = { directory, count };
    }
    if (best === null) throw new DiskError("create", "every log directory", "offline");
    return best.directory;
  }

  /** All partitions that a tick appended to are written when its input has been read, each with one write (rule 35). */
  private scheduleFlush(partition: Partition): void {
    this.flushScheduled.push(partition);
    if (this.flushScheduled.length > 1) return;
    this.options.clock.afterTick(() => {
      const scheduled = this.flushScheduled;
      this.flushScheduled = [];
      for (const dirty of scheduled) dirty.flushQueue();
      this.observers.onTickWritten();
    });
  }

  private mayAppend(partition: Partition): boolean {
    if (this.draining) return false;
    const { guard, clock } = this.options;
    if (guard === undefined) return true;
    return guard.mayAppend({
      nowMs: clock.monotonicMs(),
      replicationFactor: partition.replicas.length,
      attachedFollowers: partition.leader?.attachedFollowers ?? 0,
    });
  }

  private onPaused(lateMs: number): void {
    this.options.logger.warn("this process stood still", { lateMs: Math.round(lateMs) });
    this.options.guard?.onPaused(lateMs);
    for (const partition of this.ledPartitions()) partition.onPaused(lateMs);
  }

  private scheduleLagCheck(): void {
    const { clock, config } = this.options;
    this.lagTimer?.cancel();
    const everyMs = config.get("replica.lag.time.max.ms") / 2;
    this.lagTimer = clock.setTimer(
      everyMs,
      () => {
        this.scheduleLagCheck();
        // After a pause this timer may come before the one that notices it.
        this.pauses.look();
        for (const partition of this.ledPartitions()) partition.onLagCheck();
      },
      { background: true },
    );
  }

  private unclaimedById(topicId: string, index: number): PartitionLog | undefined {
    for (const log of this.unclaimed.values()) if (log.topicId === topicId && log.partition === index) return log;
    return undefined;
  }

  private onConfigChanged(topic: string): void {
    for (const partition of this.partitions.get(topic)?.values() ?? []) {
      partition.log.updateConfig(this.options.topicConfigs.logConfig(partition.topic));
      partition.onConfigChanged();
    }
  }

  private onDirectoryFailure(directory: LogDirectory, error: DiskError): void {
    this.options.logger.error("log directory failed: its partitions are offline", { error });
    const failed = new Set(directory.logs());
    for (const partition of this.all()) if (failed.has(partition.log)) partition.onLogOffline();
  }
}

/** How often a broker that leaves looks whether all is committed. */
const DRAIN_LOOK_MS = 5;

function failed(error: Exclude<BrokerReply["error"], "NONE">): BrokerReply {
  return { error, partitionErrors: [] };
}

function keyOf(topic: string, index: number): string {
  return `${topic}-${index}`;
}
