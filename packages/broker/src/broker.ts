import { type ConfigEntity, type ConfigOverrides, ConfigStore, Controller } from "@ottla/controller";
import type { Coordination } from "@ottla/coordination";
import { compressionReady } from "@ottla/protocol";
import { type Clock, type Disk, type Logger, type Random, Scope } from "@ottla/runtime";
import type { LogDirectory } from "@ottla/storage";
import type { BrokerConfig } from "./config/broker-config";
import { TopicConfigs, validateTopicConfigs } from "./config/topic-configs";
import { handlers } from "./handlers/table";
import { ConnectionLimits } from "./listener/connection-limits";
import { FrameMemory } from "./listener/frame-memory";
import { Listener } from "./listener/listener";
import type { Machine } from "./machine";
import { MetadataCache } from "./metadata/metadata-cache";
import { OwnBrokerChannel } from "./own-broker-channel";
import { FetchSessions } from "./partitions/fetch-sessions";
import { PartitionManager } from "./partitions/partition-manager";
import { ProducerIds } from "./partitions/producer-ids";
import type { BrokerServices } from "./services";
import { chooseBrokerId, joinCluster, layGround, refuseSecondBroker } from "./startup/cluster-identity";
import { advertisedEndpoints } from "./startup/endpoints";
import { openLogDirectories, reportOf } from "./startup/log-directories";
import { register } from "./startup/registration";
import type { StartReport } from "./startup-banner";
import { VERSION } from "./version";

export interface BrokerOptions {
  readonly config: BrokerConfig;
  /** Opens the session with the ensemble; the broker owns and closes it. */
  readonly connect: (signal: AbortSignal) => Promise<Coordination>;
  readonly machine: Machine;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The broker cannot go on: a bug of ours, every log directory failed, or another process took its place. It is not closed yet. */
  readonly onFatal: (reason: Error) => void;
}

/** Without a configured bound on the bytes of requests held at a time. */
const HELD_REQUEST_BYTES_MAX = 128 * 1024 * 1024;
/** How long answers under way may take once the broker closes. */
const LAST_ANSWERS_MS = 2000;

/** One broker: opens everything in order, and closes it in reverse. What happens in between happens elsewhere. */
export class Broker {
  private constructor(
    /** What was found and done until it was ready. */
    readonly report: StartReport,
    readonly services: BrokerServices,
    private readonly coordination: Coordination,
    private readonly opened: Scope,
  ) {}

  /**
   * Starts a broker and resolves when it serves. A start that fails leaves nothing open.
   *
   * @throws ConfigRefused, ListenFailed, JoinRefused, and what log directories and the ensemble throw: each says what would help
   * @throws Aborted
   */
  static start(options: BrokerOptions, signal: AbortSignal): Promise<Broker> {
    return Scope.opening((opening) => open(options, opening, signal));
  }

  /** @internal */
  static of(report: StartReport, services: BrokerServices, coordination: Coordination, opened: Scope): Broker {
    return new Broker(report, services, coordination, opened);
  }

  /** The port of a listener: the one asked for, or the one that the system chose. */
  portOf(listenerName = this.report.listeners[0]?.name ?? ""): number {
    const listener = this.report.listeners.find(({ name }) => name === listenerName);
    if (listener === undefined) throw new RangeError(`there is no listener ${listenerName}`);
    return listener.port;
  }

  /** The session with the ensemble, for those who look at it from outside. */
  get session(): Coordination["session"] {
    return this.coordination.session;
  }

  /** Answers what is under way, hands back the controller's duty, makes the logs durable, and ends the session. Idempotent. */
  close(): Promise<void> {
    return this.opened.close();
  }
}

async function open(options: BrokerOptions, opening: Scope, signal: AbortSignal): Promise<Broker> {
  const { config, clock, logger, random, machine } = options;
  const startedMs = clock.monotonicMs();
  const topicConfigs = new TopicConfigs(config);

  // The session and the logs do not need each other until the broker knows who it is.
  const [coordination, directories] = await bothOrNeither(
    connect(options, signal).then((connected) => ({ ...connected, close: () => connected.session.close() })),
    compressionReady().then(() => openLogDirectories({ ...options, topicConfigs }, signal)),
    opening,
  );
  const { session } = coordination;

  const listeners = await bindListeners(options, opening);
  const clusterId = await joinCluster(session, random);
  await layGround(session);
  const remembered = directories.logs.find(({ brokerId }) => brokerId !== null)?.brokerId ?? null;
  const brokerId = await chooseBrokerId(
    session,
    config.get("broker.id"),
    remembered,
    config.get("reserved.broker.max.id"),
  );
  await refuseSecondBroker(session, brokerId);
  for (const directory of directories.logs) {
    await directory.setClusterId(clusterId);
    await directory.setBrokerId(brokerId);
  }

  stopWhenNoDirectoryWorks(directories.logs, options.onFatal);

  const configStore = opening.own(await startConfigStore(options, session, brokerId, topicConfigs, signal));
  const ports = new Map(listeners.map(({ name, port }) => [name, port]));
  const endpoints = advertisedEndpoints(config, ports, machine.hostName);
  const registration = opening.own(
    await register({ ...options, coordination: session, brokerId, endpoints, directories: directories.logs }, signal),
  );

  const metadata = new MetadataCache();
  metadata.clusterId = clusterId;
  const brokerEpoch = (): bigint => registration.brokerEpoch;
  const logDirectories = directories.logs;
  const partitions = new PartitionManager({
    ...options,
    brokerId,
    brokerEpoch,
    logDirectories,
    metadata,
    topicConfigs,
  });
  const controller = opening.own(
    await Controller.start(
      {
        coordination: session,
        brokerId,
        clock,
        random,
        logger: logger.with({ component: "controller" }),
        config: controllerConfig(config),
        channel: new OwnBrokerChannel({ brokerId, partitions, topicConfigs, configStore }),
        validateTopicConfigs,
        onControllerChange: (id) => {
          metadata.controllerId = id;
        },
      },
      signal,
    ),
  );
  metadata.controllerId = controller.controllerId;
  await partitions.whenReady(signal);
  await registration.confirmIntact();

  const stopping = new AbortController();
  const services: BrokerServices = {
    brokerId,
    clusterId,
    config,
    topicConfigs,
    configStore,
    metadata,
    partitions,
    controller,
    producerIds: new ProducerIds({
      allocate: () => controller.allocateProducerIds(brokerId, brokerEpoch(), stopping.signal),
    }),
    fetchSessions: new FetchSessions({ slots: config.get("max.incremental.fetch.session.cache.slots"), clock, random }),
    clock,
    random,
    logger,
  };
  for (const listener of listeners) listener.serve(services, handlers);
  // Closed first: nobody is accepted any more, whoever waits is answered, and only then the rest goes.
  opening.defer(async () => {
    const drained = listeners.map((listener) => listener.close(LAST_ANSWERS_MS));
    partitions.stop();
    stopping.abort();
    await Promise.all(drained);
  });
  const report: StartReport = {
    version: VERSION,
    brokerId,
    clusterId,
    listeners: config.listeners.map(({ name, host }) => ({ name, host, port: ports.get(name) ?? 0 })),
    advertised: endpoints,
    directories: directories.logs.map((directory) => reportOf(directory)),
    zookeeper: {
      connect: config.get("zookeeper.connect") ?? "",
      sessionId: session.session.id,
      tookMs: coordination.tookMs,
    },
    controllerId: controller.controllerId,
    tookMs: clock.monotonicMs() - startedMs,
  };
  return Broker.of(report, services, session, opening.release());
}

async function connect(
  { connect: open, clock }: BrokerOptions,
  signal: AbortSignal,
): Promise<{ readonly session: Coordination; readonly tookMs: number }> {
  const startedMs = clock.monotonicMs();
  const session = await open(signal);
  return { session, tookMs: clock.monotonicMs() - startedMs };
}

/** A broker without a disk can neither serve nor follow: it makes room for others to be elected. */
function stopWhenNoDirectoryWorks(directories: readonly LogDirectory[], onFatal: BrokerOptions["onFatal"]): void {
  for (const directory of directories)
    directory.onFailure((error) => {
      if (directories.every(({ failure }) => failure !== null)) onFatal(error);
    });
}

/** Waits for both, owns what succeeded, and fails if either failed. */
async function bothOrNeither<A extends { close(): Promise<void> }, B extends { close(): Promise<void> }>(
  first: Promise<A>,
  second: Promise<B>,
  opening: Scope,
): Promise<[A, B]> {
  const [one, other] = await Promise.allSettled([first, second]);
  if (other.status === "fulfilled") opening.own(other.value);
  if (one.status === "fulfilled") opening.own(one.value);
  if (one.status === "rejected") throw one.reason;
  if (other.status === "rejected") throw other.reason;
  return [one.value, other.value];
}

async function bindListeners({ config, clock, logger, onFatal }: BrokerOptions, opening: Scope): Promise<Listener[]> {
  const heldBytes = config.get("queued.max.request.bytes");
  const memory = new FrameMemory(heldBytes > 0 ? heldBytes : HELD_REQUEST_BYTES_MAX);
  const limits = new ConnectionLimits(() => ({
    connectionsMax: config.get("max.connections"),
    perAddressMax: config.get("max.connections.per.ip"),
    perAddressOverrides: config.get("max.connections.per.ip.overrides"),
  }));
  const listeners: Listener[] = [];
  for (const address of config.listeners) {
    const listener = await Listener.bind({
      address,
      backlog: config.get("socket.listen.backlog.size"),
      limits,
      memory,
      requestBytesMax: config.get("socket.request.max.bytes"),
      idleMsMax: config.get("connections.max.idle.ms"),
      clock,
      logger: logger.with({ component: "listener" }),
      onFatal,
    });
    listeners.push(opening.own({ close: () => listener.close(0), listener }).listener);
  }
  return listeners;
}

async function startConfigStore(
  { config, clock, logger }: BrokerOptions,
  coordination: Coordination,
  brokerId: number,
  topicConfigs: TopicConfigs,
  signal: AbortSignal,
): Promise<ConfigStore> {
  const own: ConfigEntity = { type: "brokers", name: String(brokerId) };
  const all: ConfigEntity = { type: "brokers", name: "<default>" };
  const take = (entity: ConfigEntity, configs: ConfigOverrides): void => {
    if (entity.type === "topics") topicConfigs.setOverrides(entity.name, configs);
    else if (entity.name === own.name) config.setDynamic("broker", configs);
    else if (entity.name === all.name) config.setDynamic("default", configs);
  };
  const store = await ConfigStore.start(
    { coordination, clock, logger: logger.with({ component: "configs" }) },
    take,
    signal,
  );
  take(all, await store.read(all));
  take(own, await store.read(own));
  return store;
}

/** Getters, so that the controller follows what changes at run time. */
const controllerConfig = (config: BrokerConfig) => ({
  get numPartitions() {
    return config.get("num.partitions");
  },
  get defaultReplicationFactor() {
    return config.get("default.replication.factor");
  },
  get deleteTopicEnable() {
    return config.get("delete.topic.enable");
  },
  get uncleanLeaderElectionEnable() {
    return config.get("unclean.leader.election.enable");
  },
});
