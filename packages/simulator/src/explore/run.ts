import { HistoryChecker, type HistoryEvent } from "@ottla/harness";
import { explain } from "@ottla/runtime";
import { ClusterMonitor } from "../checkers/cluster-monitor";
import { InvariantBroken } from "../checkers/invariants";
import { differingBytes, unsettled } from "../checkers/settled";
import { type SimulatedCluster, simulatedCluster } from "../cluster/simulated-cluster";
import { Load } from "../workload/load";
import { WaitedInVain } from "../world";
import { FaultPlayer } from "./fault-player";
import type { Plan } from "./plan";
import type { RunFailure, RunResult } from "./run-result";

export interface PlayOptions {
  /** Told, when the run is over, what brokers and clients logged, with what was done to them in between. */
  readonly trace?: (line: string) => void;
  readonly withDebug?: boolean;
}

/** Plays one plan: a cluster, a load, faults, healing, final reads; every invariant judged at every event. Never rejects. */
export async function playPlan(plan: Plan, options: PlayOptions = {}): Promise<RunResult> {
  const before = process.cpuUsage();
  const run = await Run.prepare(plan, options);
  const onRejection = (reason: unknown): void => run.cluster.world.fail(reason);
  process.on("unhandledRejection", onRejection);
  let failure: RunFailure | null = null;
  try {
    await run.play();
  } catch (error) {
    failure = run.describe(error);
  } finally {
    process.off("unhandledRejection", onRejection);
  }
  run.end();
  if (options.trace !== undefined) for (const line of run.cluster.log.lines()) options.trace(line);
  const { user, system } = process.cpuUsage(before);
  return run.result((user + system) / 1000, failure);
}

class Run {
  private readonly events: string[] = [];
  private readonly load: Load;
  private readonly player: FaultPlayer;
  private healedAtMs: number | null = null;
  private healedAfterMs: number | null = null;

  private constructor(
    private readonly plan: Plan,
    readonly cluster: SimulatedCluster,
    private readonly monitor: ClusterMonitor,
  ) {
    const { world } = cluster;
    this.load = new Load({
      producers: plan.producers,
      consumers: plan.consumers,
      openCluster: (node) => cluster.client(node).connect({ requestTimeoutMs: 4000, apiTimeoutMs: 10_000 }),
      onCommitted: (key, offset, value) => monitor.acknowledged(key.topic, key.partition, offset, value),
      onRecord: (key, offset, value) => monitor.consumed(key.topic, key.partition, offset, value),
      clock: world.clock,
      random: world.randomFor("load"),
    });
    const { nodes, keyspace } = this.load;
    this.player = new FaultPlayer(plan, cluster, monitor, nodes, keyspace, (what) => this.note(what));
  }

  static async prepare(plan: Plan, { trace, withDebug = false }: PlayOptions): Promise<Run> {
    const minInsyncReplicas = plan.topics[0]?.minInsyncReplicas ?? 1;
    const { seed, brokers, oneMachine, configs, linkDelayMs, linkJitterMs, ensembleLatencyMs } = plan;
    const cluster = await simulatedCluster({
      seed,
      brokers,
      oneMachine,
      configs,
      links: { delayMs: linkDelayMs, jitterMs: linkJitterMs },
      zooKeeperLatencyMs: ensembleLatencyMs,
      started: false,
      onReplicas: (id, replicas) => monitor.watch(id, replicas),
      ...(trace === undefined ? {} : { logLines: TRACE_LINES, logDebug: withDebug }),
    });
    const monitor: ClusterMonitor = new ClusterMonitor({
      transactions: () => cluster.zooKeeper.transactions,
      minInsyncReplicas: () => minInsyncReplicas,
    });
    cluster.world.onEvent(() => monitor.step());
    return new Run(plan, cluster, monitor);
  }

  async play(): Promise<void> {
    const { plan, cluster, load, player } = this;
    for (const id of cluster.ids) cluster.disk(id).delays.syncMs = plan.diskDelayMs;
    await cluster.restart(...cluster.ids);
    for (const { name, partitions, replicationFactor } of plan.topics) {
      await cluster.createTopic(name, { partitions, replicationFactor });
      load.keyspace.add(name, partitions);
    }
    load.start();
    player.begin();
    await cluster.run(plan.faultsUntilMs);
    player.healAll();
    this.healedAtMs = cluster.nowMs;
    await this.comesToBe(
      "the ISRs are whole",
      HEALING_MS,
      () => this.whoIsMissing() === null,
      () => this.whoIsMissing(),
    );
    this.healedAfterMs = cluster.nowMs - this.healedAtMs;
    await this.comesToBe("what was sent is decided", HEALING_MS, this.doneSoon(load.stopProducing()), () =>
      load.waiting().slice(0, 5).join(", "),
    );
    await this.comesToBe(
      "the replicas are equal",
      HEALING_MS,
      () => this.whatIsWrong() === null,
      () => this.whatIsWrong(),
    );
    const isRead = () =>
      load.hasReadAll((key) => this.monitor.referenceOf(key.topic, key.partition)?.committedEnd ?? 0);
    await this.comesToBe("everything is read", HEALING_MS, isRead, () => "a consumer has not read all there is");
    this.monitor.judge.hold(
      "healing",
      "cluster",
      differingBytes(this.monitor.livePartitions()) === null,
      () => differingBytes(this.monitor.livePartitions()) ?? "",
    );
    await cluster.done(load.stopConsuming(), HEALING_MS);
    this.judgeHistory();
  }

  end(): void {
    // What still runs in this world never goes on: nobody moves its time any more.
    this.cluster.close().catch((error: unknown) => this.note(explain(error)));
  }

  describe(error: unknown): RunFailure {
    const invariant = error instanceof InvariantBroken ? error.invariant : "error";
    const what =
      error instanceof Error ? (invariant === "error" ? (error.stack ?? error.message) : error.message) : String(error);
    return { invariant, what, atMs: this.cluster.nowMs, lastEvents: this.events.slice(-EVENTS_TOLD) };
  }

  result(cpuMs: number, failure: RunFailure | null): RunResult {
    const { cluster, monitor, load, plan } = this;
    return {
      seed: plan.seed,
      simulatedMs: cluster.nowMs,
      cpuMs,
      steps: cluster.world.events,
      faults: Object.fromEntries(this.player.struck),
      judged: Object.fromEntries(monitor.judge.judged),
      acknowledged: load.acknowledged,
      consumed: load.consumed,
      elections: monitor.ensemble.elections,
      healedAfterMs: this.healedAfterMs,
      failure,
    };
  }

  private note(what: string): void {
    this.events.push(`${this.cluster.nowMs.toFixed(3).padStart(11)} ${what}`);
    this.cluster.log.note(what);
  }

  /** Waits for what must come to be in time once everything is healed. */
  private async comesToBe(
    what: string,
    withinMs: number,
    isSo: () => boolean,
    whatIsWrong: () => string | null,
  ): Promise<void> {
    let lookedAtMs = -1;
    let wasSo = false;
    const look = (): boolean => {
      // It is asked after each event: looking at all partitions so often would cost more than they do.
      if (wasSo || this.cluster.nowMs < lookedAtMs + LOOK_EVERY_MS) return wasSo;
      lookedAtMs = this.cluster.nowMs;
      wasSo = isSo();
      return wasSo;
    };
    try {
      await this.cluster.until(what, look, withinMs);
      this.monitor.judge.hold("healing", "cluster", true, () => what);
    } catch (error) {
      if (!(error instanceof WaitedInVain)) throw error;
      const reason = `${withinMs} ms after all was healed, not yet: ${what}: ${whatIsWrong()}`;
      this.monitor.judge.hold("healing", "cluster", false, () => reason);
    }
  }

  /** Whether `work` is done, or waits for topics alone that were deleted: those it may wait for until its own time is up. */
  private doneSoon(work: Promise<unknown>): () => boolean {
    let isDone = false;
    work.then(
      () => {
        isDone = true;
      },
      (error: unknown) => this.cluster.world.fail(error),
    );
    return () => isDone || this.load.waiting().length === 0;
  }

  private whoIsMissing(): string | null {
    const { cluster } = this;
    if (cluster.down.length > 0) return `broker ${cluster.down.join(", ")} does not run`;
    for (const [topic, partitions] of cluster.topics())
      for (let partition = 0; partition < partitions; partition++) {
        const state = cluster.state(topic, partition);
        const replicas = cluster.replicas(topic, partition);
        if (state !== null && cluster.serves(state.leader) && state.isr.length === replicas.length) continue;
        return `${topic}-${partition} has leader ${state?.leader}, ISR [${state?.isr.join(", ")}] of [${replicas.join(", ")}]`;
      }
    return null;
  }

  private whatIsWrong(): string | null {
    const down = this.cluster.ids.filter((id) => !this.cluster.serves(id));
    if (down.length > 0) return `broker ${down.join(", ")} does not serve`;
    return unsettled(this.monitor.livePartitions());
  }

  /** What was said of topics that were deleted on purpose is left out. */
  private withoutForsaken(event: HistoryEvent): HistoryEvent | null {
    const { keyspace } = this.load;
    const isGone = (key: string): boolean => keyspace.isForsaken(key.slice(0, key.lastIndexOf("-")));
    if (event.type === "invoke" && event.f === "send") return isGone(event.key) ? null : event;
    if (event.type !== "ok" || event.f !== "poll") return event;
    const records = Object.fromEntries(Object.entries(event.records).filter(([key]) => !isGone(key)));
    return { ...event, records };
  }

  private judgeHistory(): void {
    const { clock } = this.cluster.world;
    const healedAtMs = clock.nowMs() - (this.cluster.nowMs - (this.healedAtMs ?? 0));
    const checker = new HistoryChecker({ healedAtMs, stuckAfterMs: HEALING_MS });
    for (const event of this.load.history) {
      const kept = this.withoutForsaken(event);
      if (kept !== null) checker.accept(kept);
    }
    const verdict = checker.verdict();
    this.monitor.judge.hold("history", "clients", verdict.ok, () =>
      verdict.anomalies
        .flatMap(({ examples }) => examples.filter(({ forbidden }) => forbidden).slice(0, 3))
        .map(({ name, what }) => `${name}: ${what}`)
        .join("; "),
    );
  }
}

/** The cluster's promise: whole again so soon after the last fault. */
const HEALING_MS = 30_000;
const LOOK_EVERY_MS = 20;
const EVENTS_TOLD = 20;
const TRACE_LINES = 500_000;
