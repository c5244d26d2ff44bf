import { setMaxListeners } from "node:events";
import { brokerRegistration, type MemoryCoordination, MemoryEnsemble, PERSISTENT_PATHS } from "@ottla/coordination";
import { type Logger, SeededRandom, SimulatedClock, silentLogger } from "@ottla/runtime";
import { Controller } from "../controller";
import type { TopicCreation } from "../requests";
import type { ControllerConfig } from "../term-context";
import { RecordingChannel } from "./recording-channel";

export const DEFAULT_CONFIG: ControllerConfig = {
  numPartitions: 1,
  defaultReplicationFactor: 1,
  deleteTopicEnable: true,
  uncleanLeaderElectionEnable: false,
};

/** A memory ensemble with brokers on it that only register, and controllers under test. */
export class ControllerHarness {
  readonly clock = new SimulatedClock();
  readonly ensemble = new MemoryEnsemble({ clock: this.clock });
  readonly channel = new RecordingChannel();
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

  /** Registers a broker, as membership does. @returns its session */
  async broker(
    id: number,
    options: { readonly session?: MemoryCoordination; readonly rack?: string; readonly torn?: boolean } = {},
  ): Promise<MemoryCoordination> {
    const session = options.session ?? (await this.connect(`broker-${id}`));
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
      ottla:
        options.torn === undefined
          ? null
          : {
              rpc: "127.0.0.1:1",
              directories: [],
              bootId: null,
              pidNamespace: null,
              pid: 1,
              startTime: null,
              incarnation: "i",
              torn: options.torn,
            },
    });
    await session.multi([
      { kind: "create", path, data: null, ephemeral: true },
      { kind: "set", path, data, expectedVersion: 0 },
    ]);
    return session;
  }

  /** A controller of broker `id` on `session`. */
  controller(
    id: number,
    session: MemoryCoordination,
    options: { readonly config?: Partial<ControllerConfig>; readonly seed?: number } = {},
  ): Promise<Controller> {
    return Controller.start(
      {
        coordination: session,
        brokerId: id,
        clock: this.clock,
        random: new SeededRandom(options.seed ?? 1),
        logger: this.logger,
        config: { ...DEFAULT_CONFIG, ...options.config },
        channel: this.channel,
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
      await this.clock.advanceAsync(0);
      // A turn of the event loop runs every promise that can go on, however long the chain.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async after(ms: number): Promise<void> {
    // In steps, so that what one of them sets off has its turn before the next.
    const stepMs = Math.max(10, Math.ceil(ms / 200));
    for (let left = ms; left > 0; left -= stepMs) {
      await this.clock.advanceAsync(Math.min(left, stepMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.settled();
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
