import type { ClusterTransport } from "@ottla/cluster-rpc";
import { type ConfigEntity, type ConfigOverrides, ConfigStore } from "@ottla/controller";
import type { Coordination } from "@ottla/coordination";
import { compressionReady } from "@ottla/protocol";
import {
  type Clock,
  type Disk,
  explain,
  type Logger,
  nodeSockets,
  type Random,
  randomUuid,
  Scope,
  type Sockets,
} from "@ottla/runtime";
import type { LogDirectory } from "@ottla/storage";
import type { BrokerConfig } from "./config/broker-config";
import { TopicConfigs } from "./config/topic-configs";
import { BrokerAddresses } from "./control/broker-addresses";
import { ClusterDoor } from "./control/cluster-door";
import { ControlPlane } from "./control/control-plane";
import { controlledShutdown } from "./control/controlled-shutdown";
import { createAt } from "./control/forwarded-creation";
import { IsrProposalSender } from "./control/isr-proposal-sender";
import { LogDirectoryEvents } from "./control/log-directory-events";
import type { Dial } from "./control/process-probe";
import { TopicCreation } from "./control/topic-creation";
import { GroupServices } from "./groups/group-services";
import { offsetsTopicRequest } from "./groups/offsets-topic";
import { GROUP_OFFSETS_TOPIC } from "./handlers/internal-topics";
import { handlers } from "./handlers/table";
import { ConnectionLimits } from "./listener/connection-limits";
import { FrameMemory } from "./listener/frame-memory";
import { Listener } from "./listener/listener";
import type { Machine } from "./machine";
import { MetadataCache } from "./metadata/metadata-cache";
import { ServingGuard } from "./partition/serving-guard";
import { FetchSessions } from "./partitions/fetch-sessions";
import { LogScrub } from "./partitions/log-scrub";
import { PartitionManager } from "./partitions/partition-manager";
import { ProducerIds } from "./partitions/producer-ids";
import { Replication } from "./replication/replication";
import type { BrokerServices } from "./services";
import { chooseBrokerId, joinCluster, layGround } from "./startup/cluster-identity";
import { advertisedEndpoints } from "./startup/endpoints";
import { openLogDirectories, reportOf } from "./startup/log-directories";
import { NoLogDirectoryLeft } from "./startup/no-log-directory-left";
import { register } from "./startup/registration";
import { interBrokerListener, listenForBrokers } from "./startup/rpc-listener";
import type { StartReport } from "./startup-banner";
import { VERSION } from "./version";

export interface BrokerOptions {
  readonly config: BrokerConfig;
  /** Opens the session with the ensemble; the broker owns and closes it. */
  readonly connect: (signal: AbortSignal) => Promise<Coordination>;
  /** How brokers reach each other. */
  readonly transport: ClusterTransport;
  /** How clients reach brokers; the operating system's TCP unless said otherwise. */
  readonly sockets?: Sockets;
  readonly machine: Machine;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The broker cannot go on: a bug of ours, every log directory failed, or another process took its place. It is not closed yet. */
  readonly onFatal: (reason: Error) => void;
  /** For specs whose brokers have no sockets between them: how to look whether another one's process still listens. */
  readonly dial?: Dial;
  /** For the simulator, which watches every replica from its first moment on: told before the broker is heard of by anybody. */
  readonly onReplicas?: (replicas: PartitionManager) => void;
}

/** Without a configured bound on the bytes of requests held at a time. */
const HELD_REQUEST_BYTES_MAX = 128 * 1024 * 1024;
/** How long answers under way may take once the broker closes. */
const LAST_ANSWERS_MS = 2000;
/** How long a last note on a failing disk may take. */
const LAST_NOTES_MS = 2000;
/** How long handing over leaderships may take altogether. */
const CONTROLLED_SHUTDOWN_MS = 30_000;

/** One broker: opens everything in order, and closes it in reverse. What happens in between happens elsewhere. */
export class Broker {
  private constructor(
    /** What was found and done until it was ready. */
    readonly report: StartReport,
    readonly services: BrokerServices,
    private readonly coordination: Coordination,
    private readonly listeners: readonly Listener[],
    private readonly opened: Scope,
  ) {}

  /**
   * Starts a broker and resolves when it serves. A start that fails leaves nothing open.
   *
   * @throws ConfigRefused, ListenFailed, and what log directories and the ensemble throw: each says what would help
   * @throws Aborted
   */
  static start(options: BrokerOptions, signal: AbortSignal): Promise<Broker> {
    return Scope.opening((opening) => open(options, opening, signal));
  }

  /** @internal */
  static of(
    report: StartReport,
    services: BrokerServices,
    coordination: Coordination,
    listeners: readonly Listener[],
    opened: Scope,
  ): Broker {
    return new Broker(report, services, coordination, listeners, opened);
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

  /**
   * Lets go of its clients' sockets at once and of nothing else, as the system does for a process that has ended: for specs that kill
   * brokers within one process.
   */
  async hangUp(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.close(0)));
  }

  /** Answers what is under way, hands back the controller's duty, makes the logs durable, and ends the session. Idempotent. */
  close(): Promise<void> {
    return this.opened.close();
  }
}

async function open(options: BrokerOptions, opening: Scope, signal: AbortSignal): Promise<Broker> {
  const { config, clock, logger, random, machine, sockets = nodeSockets } = options;
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
  await directories.claim({ brokerId, clusterId });

  stopWhenNoDirectoryWorks(directories.logs, options);

  let plane: ControlPlane | null = null;
  // What was refused before, an unclean election say, may be allowed now.
  const onConfigs = (entity: ConfigEntity): void => plane?.controller.configsChanged(entity);
  const configStore = opening.own(await startConfigStore(options, session, brokerId, topicConfigs, onConfigs, signal));
  const ports = new Map(listeners.map(({ name, port }) => [name, port]));
  const endpoints = advertisedEndpoints(config, ports, machine.hostName);
  // Who is here can be asked before the broker registers, so that nobody takes a broker that starts for one that is gone (rule 39).
  const incarnation = randomUuid(random);
  const directoryIds = directories.logs.map(({ directoryId }) => directoryId);
  const door = new ClusterDoor({ brokerId, incarnation, directoryIds });
  const rpc = await listenForBrokers({ ...options, endpoints, services: door });
  opening.own(rpc.server);
  const registration = opening.own(
    await register(
      {
        ...options,
        coordination: session,
        brokerId,
        endpoints,
        directories: directories.logs,
        incarnation,
        rpc: rpc.advertised,
      },
      signal,
    ),
  );

  const metadata = new MetadataCache();
  metadata.clusterId = clusterId;
  const brokerEpoch = (): bigint => registration.brokerEpoch;
  const logDirectories = directories.logs;
  const directoryEvents = opening.own(
    new LogDirectoryEvents({
      coordination: session,
      brokerId,
      clock,
      logger: logger.with({ component: "logs" }),
    }),
  );
  const proposals = new IsrProposalSender({ clock, logger: logger.with({ component: "control" }) });
  opening.defer(() => proposals.close());
  const guard = new ServingGuard({
    graceMs: () => config.get("ottla.controller.suspect.timeout.ms"),
    zooKeeperSessionTimeoutMs: session.session.timeoutMs,
    nowMs: clock.monotonicMs(),
  });
  const partitions = new PartitionManager({
    ...options,
    brokerId,
    brokerEpoch,
    logDirectories,
    unusableDirectories: directories.unusable,
    metadata,
    topicConfigs,
    isrProposals: proposals,
    onReplicaLost: () => directoryEvents.tell(),
    guard,
  });
  opening.defer(() => partitions.stop());
  for (const directory of logDirectories) directory.onFailure(() => directoryEvents.tell());
  options.onReplicas?.(partitions);
  const replication = opening.own(
    new Replication({
      ...options,
      brokerId,
      brokerEpoch,
      incarnation,
      partitions,
      logger: logger.with({ component: "replication" }),
      backoffMs: () => config.get("replica.fetch.backoff.ms"),
      onPeerAnswered: (peer) => plane?.controller.brokerAnswered(peer),
    }),
  );
  let topicCreation: TopicCreation | null = null;
  const groups = opening.own(
    GroupServices.start({
      ...options,
      coordination: session,
      metadata,
      partitions,
      createTopics: async (names) => topicCreation?.create(names) ?? new Map(),
      logger: logger.with({ component: "groups" }),
    }),
  );
  partitions.start();
  const scrub = opening.own(
    new LogScrub({
      partitions,
      intervalMs: config.get("ottla.log.scrub.interval.ms"),
      bytesPerSecond: config.get("ottla.log.scrub.bytes.per.second"),
      clock,
      logger: logger.with({ component: "logs" }),
    }),
  );
  scrub.start();
  const controlPlane = opening.own(
    await ControlPlane.start(
      {
        ...options,
        brokerId,
        incarnation,
        coordination: session,
        registration,
        addresses: new BrokerAddresses({ coordination: session, clock, logger }),
        configStore,
        topicConfigs,
        metadata,
        proposals,
        partitions,
        replication,
        guard,
        door,
      },
      signal,
    ),
  );
  plane = controlPlane;
  const { controller } = controlPlane;
  await partitions.whenReady(signal);

  const stopping = new AbortController();
  topicCreation = new TopicCreation({
    controller,
    forward: async (topics) => {
      const endpoint = metadata.endpointOf(controller.controllerId, interBrokerListener(config));
      return endpoint === undefined ? [] : createAt(endpoint, topics, clock, sockets);
    },
    requestFor: (name) => (name === GROUP_OFFSETS_TOPIC ? offsetsTopicRequest(config) : undefined),
    logger,
  });
  const services: BrokerServices = {
    brokerId,
    clusterId,
    config,
    topicConfigs,
    configStore,
    metadata,
    partitions,
    controller,
    topicCreation,
    producerIds: new ProducerIds({ allocate: () => controlPlane.active.allocateProducerIds(stopping.signal) }),
    fetchSessions: new FetchSessions({ slots: config.get("max.incremental.fetch.session.cache.slots"), clock, random }),
    groups: groups.coordinator,
    offsetsTopic: groups.topic,
    legacyOffsets: groups.legacyOffsets,
    clock,
    random,
    logger,
  };
  for (const listener of listeners) listener.serve(services, handlers);
  // Closed first: nobody is accepted any more, whoever waits is answered, and only then the rest goes.
  opening.defer(async () => {
    controlPlane.stopObeying();
    const drained = listeners.map((listener) => listener.close(LAST_ANSWERS_MS));
    groups.coordinator.close();
    partitions.stop();
    stopping.abort();
    await Promise.all(drained);
  });
  opening.defer(() => handOver(options, services, controlPlane));
  const report: StartReport = {
    version: VERSION,
    brokerId,
    clusterId,
    listeners: config.listeners.map(({ name, host }) => ({ name, host, port: ports.get(name) ?? 0 })),
    advertised: endpoints,
    directories: directories.logs.map((directory) => reportOf(directory)),
    unusableDirectories: directories.unusable,
    zookeeper: {
      connect: config.get("zookeeper.connect") ?? "",
      sessionId: session.session.id,
      tookMs: coordination.tookMs,
    },
    controllerId: controller.controllerId,
    tookMs: clock.monotonicMs() - startedMs,
  };
  return Broker.of(report, services, session, listeners, opening.release());
}

async function connect(
  { connect: open, clock }: BrokerOptions,
  signal: AbortSignal,
): Promise<{ readonly session: Coordination; readonly tookMs: number }> {
  const startedMs = clock.monotonicMs();
  const session = await open(signal);
  return { session, tookMs: clock.monotonicMs() - startedMs };
}

/**
 * A broker without a disk can neither serve nor follow: it makes room for others to be elected. First it tries to leave a note of what the
 * disk may have lost, for its next start.
 */
function stopWhenNoDirectoryWorks(
  directories: readonly LogDirectory[],
  { onFatal, clock }: Pick<BrokerOptions, "onFatal" | "clock">,
): void {
  for (const directory of directories)
    directory.onFailure(() => {
      const failures = directories.flatMap(({ path, failure }) => (failure === null ? [] : [{ path, failure }]));
      if (failures.length < directories.length) return;
      const stop = () => onFatal(new NoLogDirectoryLeft(failures));
      const timer = clock.setTimer(LAST_NOTES_MS, stop);
      void Promise.all(directories.map((directory) => directory.lossNoted())).then(() => {
        timer.cancel();
        stop();
      });
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

async function bindListeners(
  { config, clock, logger, onFatal, sockets = nodeSockets }: BrokerOptions,
  opening: Scope,
): Promise<Listener[]> {
  const heldBytes = config.get("queued.max.request.bytes");
  const memory = new FrameMemory(heldBytes > 0 ? heldBytes : HELD_REQUEST_BYTES_MAX, clock);
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
      sockets,
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
  onChanged: (entity: ConfigEntity) => void,
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
    (entity, configs) => {
      take(entity, configs);
      onChanged(entity);
    },
    signal,
  );
  take(all, await store.read(all));
  take(own, await store.read(own));
  return store;
}

/** Leaderships move while everything still works: clients find the next leaders before this one is gone. */
async function handOver(
  { config, clock, logger }: BrokerOptions,
  { brokerId, metadata, partitions }: BrokerServices,
  plane: ControlPlane,
): Promise<void> {
  if (!config.get("controlled.shutdown.enable") || metadata.brokers().length < 2) return;
  const inTime = new AbortController();
  const timer = clock.setTimer(CONTROLLED_SHUTDOWN_MS, () => inTime.abort());
  try {
    await controlledShutdown(
      {
        retriesMax: config.get("controlled.shutdown.max.retries"),
        retryBackoffMs: config.get("controlled.shutdown.retry.backoff.ms"),
        drain: (deadlineMs, signal) => partitions.drain(deadlineMs, signal),
        isElsewhere: ({ topic, partition }) =>
          metadata
            .partition(topic, partition)
            ?.replicas.some((id) => id !== brokerId && metadata.broker(id) !== undefined) ?? false,
        ask: (signal) => plane.active.controlledShutdown(signal),
        clock,
        logger: logger.with({ component: "control" }),
      },
      inTime.signal,
    );
  } catch (failure) {
    // Handing over spares clients a moment; a stop that cannot do it stops all the same.
    logger.warn("could not hand over", { failure: explain(failure) });
  } finally {
    timer.cancel();
  }
}
