import type { ConfigStore, Controller, PartitionAssignment, PartitionMetadata } from "@ottla/controller";
import type { Coordination } from "@ottla/coordination";
import {
  type Api,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequestFrame,
  encodeResponseFrame,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from "@ottla/protocol";
import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { defaultLogDirectorySettings, LogDirectory } from "@ottla/storage";
import { BrokerConfig } from "../config/broker-config";
import { TopicConfigs } from "../config/topic-configs";
import { TopicCreation } from "../control/topic-creation";
import { GroupServices } from "../groups/group-services";
import { CLOSE_CONNECTION, NO_RESPONSE, type RequestContext } from "../handlers/handler";
import { RefusedSequences } from "../handlers/refused-sequences";
import { handlers } from "../handlers/table";
import { MetadataCache } from "../metadata/metadata-cache";
import { FetchSessions } from "../partitions/fetch-sessions";
import type { Partition } from "../partitions/partition";
import { PartitionManager } from "../partitions/partition-manager";
import { ProducerIds } from "../partitions/producer-ids";
import type { BrokerServices } from "../services";
import type { UnusableLogDirectory } from "../startup/log-directories";

const BROKER_ID = 1;
const BROKER_EPOCH = 40n;
const LOG_DIRECTORY = "/data/logs";

export interface TopicSetup {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
  readonly topicId?: string;
  /** Other than this broker for partitions led elsewhere. */
  readonly leader?: number;
  readonly leaderEpoch?: number;
  readonly isr?: readonly number[];
  readonly replicas?: readonly number[];
}

/**
 * The handlers of the data path over real logs, with simulated time and disk, without sockets and without a controller: specs say what
 * the controller would. Requests and responses pass through their encoding, so that a handler sees what its version can carry.
 */
export class ServingPartitions {
  readonly controllerEpoch = 1;
  private partitionEpoch = 0;
  private nextConnection = 1;
  private released = 0;
  private controller: Partial<Controller> = {};

  private constructor(
    readonly clock: SimulatedClock,
    readonly disk: SimulatedDisk,
    readonly services: BrokerServices,
    private readonly directory: LogDirectory,
  ) {}

  /** @param options.disk one that an earlier life left behind */
  static async open(
    options: {
      readonly configs?: Readonly<Record<string, string>>;
      readonly disk?: SimulatedDisk;
      readonly controller?: Partial<Controller>;
      readonly unusableDirectories?: readonly UnusableLogDirectory[];
    } = {},
  ): Promise<ServingPartitions> {
    const clock = new SimulatedClock();
    const random = new SeededRandom(1);
    const disk = options.disk ?? new SimulatedDisk({ nowMs: () => clock.nowMs() });
    const given = Object.entries({
      "zookeeper.connect": "ensemble:2181",
      "log.dirs": LOG_DIRECTORY,
      ...options.configs,
    });
    const config = BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "spec" })));
    const topicConfigs = new TopicConfigs(config);
    const directory = await LogDirectory.open({
      disk,
      clock,
      random,
      logger: silentLogger,
      path: LOG_DIRECTORY,
      brokerId: null,
      clusterId: null,
      bootId: null,
      configOf: (topic) => topicConfigs.logConfig(topic),
      settings: defaultLogDirectorySettings,
      signal: new AbortController().signal,
    });
    const metadata = new MetadataCache();
    metadata.clusterId = "spec-cluster";
    metadata.controllerId = BROKER_ID;
    const partitions = new PartitionManager({
      brokerId: BROKER_ID,
      brokerEpoch: () => BROKER_EPOCH,
      logDirectories: [directory],
      unusableDirectories: options.unusableDirectories ?? [],
      metadata,
      config,
      topicConfigs,
      clock,
      logger: silentLogger,
    });
    const groups = GroupServices.start({
      config,
      coordination: {} as Coordination,
      metadata,
      partitions,
      createTopics: () => Promise.resolve(new Map()),
      clock,
      random,
      logger: silentLogger,
    });
    let block = 0n;
    const services: BrokerServices = {
      brokerId: BROKER_ID,
      clusterId: "spec-cluster",
      config,
      topicConfigs,
      configStore: {} as ConfigStore,
      metadata,
      partitions,
      controller: (options.controller ?? { isActive: false }) as Controller,
      topicCreation: new TopicCreation({
        controller: (options.controller ?? { isActive: false }) as Controller,
        forward: () => Promise.resolve([]),
        logger: silentLogger,
      }),
      producerIds: new ProducerIds({
        allocate: () => Promise.resolve({ error: "NONE", firstProducerId: 1000n * block++, length: 1000 }),
      }),
      fetchSessions: new FetchSessions({
        slots: config.get("max.incremental.fetch.session.cache.slots"),
        clock,
        random,
      }),
      groups: groups.coordinator,
      offsetsTopic: groups.topic,
      legacyOffsets: groups.legacyOffsets,
      clock,
      random,
      logger: silentLogger,
    };
    return new ServingPartitions(clock, disk, services, directory);
  }

  /** Does what the controller does for a new topic, or, told again, for a change of its partitions' state. */
  topic(name: string, setup: TopicSetup = {}): void {
    const { partitions = 1, leader = BROKER_ID, leaderEpoch = 0, replicas = [BROKER_ID] } = setup;
    const { topicId = idOf(name), isr = replicas } = setup;
    if (setup.configs !== undefined) this.services.topicConfigs.setOverrides(name, setup.configs);
    this.partitionEpoch++;
    const states = Array.from({ length: partitions }, (_, partition) => ({
      topic: name,
      topicId,
      partition,
      leader,
      leaderEpoch,
      isr,
      partitionEpoch: this.partitionEpoch,
      replicas,
    }));
    const assignments: PartitionAssignment[] = states
      .filter((state) => state.replicas.includes(BROKER_ID))
      .map((state) => ({
        ...state,
        controllerEpoch: this.controllerEpoch,
        addingReplicas: [],
        removingReplicas: [],
        isNew: false,
        recovering: false,
      }));
    const reply = this.services.partitions.apply({
      kind: "leaderAndIsr",
      ...this.header(),
      partitions: assignments,
      liveLeaders: [],
      full: false,
      tailSettled: true,
    });
    if (reply.error !== "NONE" || reply.partitionErrors.length > 0) throw new Error(JSON.stringify(reply));
    const known: PartitionMetadata[] = states.map((state) => ({ ...state, offlineReplicas: [] }));
    this.metadata(known);
  }

  /** Has the controller tell about brokers 1 and 2, which live, and about partitions. */
  metadata(partitions: readonly PartitionMetadata[], full = false): void {
    const brokers = [BROKER_ID, 2].map((id) => ({
      id,
      epoch: BROKER_EPOCH,
      endpoints: [{ listenerName: "PLAINTEXT", host: `host-${id}`, port: 9092, securityProtocol: "PLAINTEXT" }],
      rack: null,
      rpc: null,
      incarnation: null,
    }));
    this.services.partitions.apply({ kind: "updateMetadata", ...this.header(), brokers, partitions, full });
  }

  header() {
    return { controllerId: BROKER_ID, controllerEpoch: this.controllerEpoch, brokerEpoch: BROKER_EPOCH };
  }

  partition(topic: string, index = 0): Partition {
    const partition = this.services.partitions.get(topic, index);
    if (partition === undefined) throw new Error(`no partition ${topic}-${index}`);
    return partition;
  }

  /** Sends a request and lets everything happen that needs no time. */
  async call<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    options: { readonly clientId?: string } = {},
  ): Promise<ResponseOf<A> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION> {
    const call = this.begin(api, version, request, options);
    await this.settle();
    const answer = await Promise.race([call.answer, afterAllElse()]);
    if (answer === null) throw new Error(`${api.name} waits for time to pass`);
    return answer;
  }

  /** The same for requests that are answered with a response. */
  async ask<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    options: { readonly clientId?: string } = {},
  ): Promise<ResponseOf<A>> {
    const answer = await this.call(api, version, request, options);
    if (answer === NO_RESPONSE || answer === CLOSE_CONNECTION) throw new Error(String(answer));
    return answer as ResponseOf<A>;
  }

  /** Sends a request and returns at once. @param options.refusedSequences what its connection knows; each call has its own by default */
  begin<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    options: { readonly clientId?: string; readonly refusedSequences?: RefusedSequences } = {},
  ): PendingCall<A> {
    const { clientId = "spec", refusedSequences = new RefusedSequences() } = options;
    const handler = handlers.find((served) => served.api === (api as Api));
    if (handler === undefined) throw new Error(`${api.name} is not served`);
    const bytes = Buffer.concat(encodeRequestFrame(api, version, { correlationId: 7, clientId }, request));
    const frame = bytes.subarray(4);
    const header = decodeRequestHeader(frame);
    const decoded = decodeRequest(api, version, frame, header.bodyOffset).request as RequestOf<A>;
    const closing = new AbortController();
    const releases: (() => void)[] = [];
    const context: RequestContext = {
      connection: {
        id: this.nextConnection++,
        remoteAddress: "127.0.0.1",
        listenerName: "PLAINTEXT",
        refusedSequences,
        close: () => closing.abort(),
      },
      header,
      services: this.services,
      signal: closing.signal,
      receivedAtMs: this.clock.monotonicMs(),
      afterAnswer: (release) => void releases.push(release),
    };
    const call: PendingCall<A> = {
      isAnswered: false,
      admission: handler.admit(decoded, context),
      disconnect: () => closing.abort(),
      answer: Promise.resolve(null as never),
    };
    const answered = Promise.resolve(handler.handle(decoded, context)).then((answer) => {
      call.isAnswered = true;
      if (answer === NO_RESPONSE || answer === CLOSE_CONNECTION) return answer;
      const sent = Buffer.concat(encodeResponseFrame(api, version, 7, answer as ResponseInput<A>));
      for (const release of releases) {
        release();
        this.released++;
      }
      return decodeResponse(api, version, sent.subarray(4)).response as ResponseOf<A>;
    });
    return Object.assign(call, { answer: answered });
  }

  /** Lets ticks end and promises settle, while time stands still. */
  settle(): Promise<void> {
    return this.clock.advanceAsync(0);
  }

  /** How many answers gave their buffers back. */
  get releasedAnswers(): number {
    return this.released;
  }

  async close(options: { readonly clean?: boolean } = {}): Promise<void> {
    this.services.partitions.stop();
    const closing = this.directory.close({ clean: options.clean ?? false });
    await this.settle();
    await closing;
  }
}

export interface PendingCall<A extends Api> {
  isAnswered: boolean;
  /** What the handler's `admit` said before it was called. */
  readonly admission: Promise<void> | null;
  readonly answer: Promise<ResponseOf<A> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION>;
  disconnect(): void;
}

/** Whatever needs no time has happened by then. */
function afterAllElse(): Promise<null> {
  return new Promise((resolve) => setImmediate(() => resolve(null)));
}

/** A topic id made of a name, 22 characters as all ids. */
export function idOf(name: string): string {
  return Buffer.from(name.padEnd(16, "_")).subarray(0, 16).toString("base64url");
}
