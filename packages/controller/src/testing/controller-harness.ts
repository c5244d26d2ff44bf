import { setMaxListeners } from "node:events";
import { brokerRegistration, type MemoryCoordination, MemoryEnsemble, PERSISTENT_PATHS } from "@ottla/coordination";
import { type Logger, SeededRandom, SimulatedClock, silentLogger } from "@ottla/runtime";
import { Controller } from "../controller";
import type { TopicCreation } from "../requests";
import type { ControllerConfig } from "../term-context";
import { type BrokerProcess, ClusterNetwork, ottlaKeys } from "./cluster-network";
import { RecordingChannel } from "./recording-channel";

export const DEFAULT_CONFIG: ControllerConfig = {
  numPartitions: 1,
  defaultReplicationFactor: 1,
  deleteTopicEnable: true,
  uncleanLeaderElectionEnable: false,
  autoLeaderRebalanceEnable: false,
};

/** A memory ensemble with brokers on it that only register, and controllers under test. */
export class ControllerHarness {
  readonly clock = new SimulatedClock();
  readonly ensemble = new MemoryEnsemble({ clock: this.clock });
  readonly channel = new RecordingChannel();
  readonly network = new ClusterNetwork(this.clock, this.ensemble, this.channel);
  private processesMade = 0;
  readonly signal: AbortSignal = new AbortController().signal;

  constructor(readonly logger: Logger = silentLogger) {
    // A spec lets hundreds of requests wait on it at once.
    setMaxListeners(0, this.signal);
  }

  /** A session with the paths that every broker makes at start. */
  async connect(name: string): Promise<MemoryCoordination> {
    const session = await this.ensemble.connect({ name });
    for (const path of PERSISTENT_PATHS) await session.ensurePath(path);
    return session;
  }

  /**
   * Registers a broker, as membership does: the process that had the session before, in a new incarnation of its registration, or another
   * one. @returns its session
   */
  async broker(
    id: number,
    options: { readonly session?: MemoryCoordination; readonly rack?: string; readonly torn?: boolean } = {},
  ): Promise<MemoryCoordination> {
    const session = options.session ?? (await this.connect(`broker-${id}`));
    const before = this.network.processes.get(id);
    const process: BrokerProcess =
      before !== undefined && before.coordination === session && before.state !== "killed"
        ? before
        : {
            id,
            incarnation: `${id}-${++this.processesMade}`,
            directories: [`directory-${id}`],
            brokerEpoch: -1n,
            coordination: session,
            state: "alive",
            controller: null,
            session: null,
            logEnds: before?.logEnds ?? new Map(),
            withoutZooKeeperMs: null,
            endedSessions: [],
          };
    const path = brokerRegistration.path(id);
    const data = brokerRegistration.encode({
      version: 5,
      host: "127.0.0.1",
      port: 49091 + id,
      jmxPort: -1,
      timestampMs: this.clock.nowMs(),
      endpoints: [{ listener: "PLAINTEXT", host: "127.0.0.1", port: 49091 + id, securityProtocol: "PLAINTEXT" }],
      rack: options.rack ?? null,
      features: new Map(),
      ottla: ottlaKeys(process, options.torn === true),
    });
    this.network.processes.set(id, process);
    const there = await session.get(path);
    const results = await session.multi([
      ...(there === null ? [] : [{ kind: "remove", path, expectedVersion: null } as const]),
      { kind: "create", path, data: null, ephemeral: true },
      { kind: "set", path, data, expectedVersion: 0 },
    ]);
    const written = results.at(-1);
    if (written?.kind !== "set") throw new Error("not registered");
    process.brokerEpoch = written.stat.czxid;
    // A new epoch of the same process ends its streams.
    process.session?.end.close();
    process.session = null;
    return session;
  }

  /** Clears the torn mark of a registration, as a broker does once the controller has said that all is settled. */
  async clearTorn(id: number): Promise<void> {
    const process = this.network.process(id);
    const path = brokerRegistration.path(id);
    const node = await process.coordination.get(path);
    const registration = brokerRegistration.decode(node?.data ?? null, path);
    const data = brokerRegistration.encode({ ...registration, ottla: ottlaKeys(process, false) });
    await process.coordination.set(path, data, node?.stat.version ?? 0);
  }

  /** A controller of broker `id` on `session`. */
  async controller(
    id: number,
    session: MemoryCoordination,
    options: { readonly config?: Partial<ControllerConfig>; readonly seed?: number } = {},
  ): Promise<Controller> {
    const process = this.network.process(id);
    const controller = await Controller.start(
      {
        coordination: session,
        brokerId: id,
        clock: this.clock,
        random: new SeededRandom(options.seed ?? 1),
        logger: this.logger,
        config: { ...DEFAULT_CONFIG, ...options.config },
        channel: this.network.channelOf(id),
        probe: this.network.probeOf(id),
        peers: this.network.peersOf(id),
        onControllerChange: () => this.network.pump(),
        validateTopicConfigs: (configs) =>
          configs["retention.ms"] === "banana"
            ? { error: "INVALID_CONFIG", message: "Invalid value banana for configuration retention.ms" }
            : null,
        onBug: (failure) => {
          throw failure;
        },
      },
      this.signal,
    );
    this.network.attach(process, controller);
    return controller;
  }

  /** Brokers 1 to `count`, each with its controller; that of broker 1 is active. */
  async cluster(count: number, options: { readonly config?: Partial<ControllerConfig> } = {}) {
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    for (const id of ids) await this.broker(id);
    for (const id of ids) await this.controller(id, this.network.process(id).coordination, options);
    await this.settled();
    return this.network;
  }

  /** The controller that is active; fails unless there is exactly one. */
  get active(): Controller {
    const active = [...this.network.processes.values()].filter(
      ({ state, controller }) => state === "alive" && controller?.isActive === true,
    );
    const [only, ...more] = active;
    if (only?.controller == null || more.length > 0) {
      throw new Error(`active controllers: ${active.map(({ id }) => id).join() || "none"}`);
    }
    return only.controller;
  }

  /** A partition's state node. */
  state(
    topic: string,
    partition = 0,
  ): { leader: number; isr: number[]; leader_epoch: number; controller_epoch: number } {
    const json = this.json(`/brokers/topics/${topic}/partitions/${partition}/state`);
    if (json === null) throw new Error(`${topic}-${partition} has no state`);
    return json as ReturnType<ControllerHarness["state"]>;
  }

  /** Broker 1, registered, whose controller is active. */
  async lone(options: { readonly config?: Partial<ControllerConfig> } = {}) {
    const session = await this.broker(1);
    const controller = await this.controller(1, session, options);
    await this.settled();
    return { session, controller };
  }

  /** Lets everything that needs no time come to rest. */
  async settled(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      this.network.pump();
      await this.clock.advanceAsync(0);
      // A turn of the event loop runs every promise that can go on, however long the chain.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async after(ms: number): Promise<void> {
    // In steps, so that what one of them sets off has its turn before the next.
    const stepMs = Math.max(10, Math.ceil(ms / 200));
    for (let left = ms; left > 0; left -= stepMs) {
      this.network.pump();
      await this.clock.advanceAsync(Math.min(left, stepMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.settled();
  }

  /** As long as it takes for the sessions of killed processes to expire. */
  async untilSessionsExpire(): Promise<void> {
    await this.after(20_000);
  }

  /** A node's JSON, or null. */
  json(path: string): unknown {
    const text = this.ensemble.textAt(path);
    return text === null ? null : JSON.parse(text);
  }

  /** What `work` comes to, time standing still; fails when it needs time. */
  async now<T>(work: Promise<T>): Promise<T> {
    const settled = await this.outcomeOf(work);
    if (settled === null) throw new Error("still waiting, though no time has passed");
    return settled.value;
  }

  /** Null while `work` has not settled. */
  async outcomeOf<T>(work: Promise<T>): Promise<{ readonly value: T } | null> {
    const waiting = Symbol("waiting");
    await this.settled();
    const first = await Promise.race([work, Promise.resolve(waiting)]);
    return first === waiting ? null : { value: first as T };
  }
}

/** A creation by counts. */
export function topic(name: string, partitions = 1, replicationFactor = 1): TopicCreation {
  return { name, partitions, replicationFactor, assignments: [], configs: [] };
}

/** A creation by assignment: replicas of each partition. */
export function placed(
  name: string,
  replicas: readonly (readonly number[])[],
  configs: Record<string, string> = {},
): TopicCreation {
  return {
    name,
    partitions: -1,
    replicationFactor: -1,
    assignments: replicas.map((list, partition) => ({ partition, replicas: list })),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
}
