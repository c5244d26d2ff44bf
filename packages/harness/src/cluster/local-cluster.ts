import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scope } from "@ottla/runtime";
import { ManagedProcess } from "../managed-process";
import { until } from "../until";
import { type BrokerProgram, ottla } from "./broker-program";
import type { ClusterUnderTest } from "./cluster-under-test";
import { ClusterView } from "./cluster-view";
import { FailingDisks } from "./failing-disks";
import { loopbackNetwork } from "./loopback-network";
import type { Network, NetworkFaults, Place } from "./network";
import { ProcessNodes } from "./process-nodes";
import { ProxiedLinks } from "./proxied-links";
import { ShiftedClocks } from "./shifted-clocks";
import { ZooKeeperNodes } from "./zookeeper-nodes";

export interface LocalClusterOptions {
  /** 3 by default; their ids count from 1. */
  readonly brokers?: number;
  /** 1 (default) or 3. */
  readonly zookeepers?: 1 | 3;
  /** Puts proxies between brokers and ZooKeeper, so that the two can be cut from each other. */
  readonly linksThatCut?: boolean;
  /** Has the brokers see clocks that can be set wrong. */
  readonly clocksThatShift?: boolean;
  /** Has each broker's last log directory lie on a disk that can fail. */
  readonly disksThatFail?: boolean;
  /** Where the nodes live; all on 127.0.0.1 by default. The cluster closes it. */
  readonly network?: Network;
  /** Ottla by default. */
  readonly program?: BrokerProgram;
  /** Properties over the program's defaults, for every broker; Kafka's names. */
  readonly properties?: Readonly<Record<string, string>>;
  /** How many log directories each broker has; 1 by default. */
  readonly logDirectoriesEach?: number;
  /** Holds everything and stays at the end. Default: a temporary one, removed by `close` unless asked to stay. */
  readonly folder?: string;
}

/** A busy machine takes many times what a quiet one does, and Apache Kafka waits for its old session to expire. */
const START_TIMEOUT_MS = 90_000;

/** A cluster of processes on this machine, everything of it below one folder: `brokerN/`, `zkN/`, with their logs. */
export class LocalCluster implements ClusterUnderTest {
  private constructor(
    readonly folder: string,
    private readonly logDirectoriesEach: number,
    private readonly program: BrokerProgram,
    private readonly seats: ReadonlyMap<number, Seat>,
    readonly brokers: ProcessNodes<number>,
    readonly ensemble: ZooKeeperNodes,
    readonly view: ClusterView,
    readonly links: ProxiedLinks | null,
    readonly clocks: ShiftedClocks | null,
    readonly disks: FailingDisks | null,
    private readonly on: Network,
    private readonly temporary: boolean,
  ) {}

  /** Returns when every broker is ready. After a failure the folder stays, with the logs in it. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "ottla-cluster-"));
    const program = options.program ?? ottla;
    const network = options.network ?? loopbackNetwork;
    return Scope.opening(async (scope) => {
      scope.own(network);
      const seats = new Map<number, Seat>();
      for (let id = 1; id <= (options.brokers ?? 3); id++) {
        const place = await network.place(`broker${id}`);
        seats.set(id, { place, port: await place.port(9092) });
      }
      const ensemble = scope.own(await ZooKeeperNodes.start(folder, options.zookeepers ?? 1, network));
      const view = scope.own(await ClusterView.connect(ensemble.connectString));
      const links = options.linksThatCut
        ? scope.own(await ProxiedLinks.start(ensemble.connectString, [...seats.keys()]))
        : null;
      const clocks = options.clocksThatShift
        ? scope.own(ShiftedClocks.start(join(folder, "clocks"), [...seats.keys()]))
        : null;
      const onDisk = new Map([...seats.keys()].map((id) => [id, logDirectoriesOf(folder, id, options).at(-1) ?? ""]));
      const disks = options.disksThatFail ? scope.own(FailingDisks.start(join(folder, "disks"), onDisk)) : null;
      for (const [id, { place, port }] of seats) {
        const properties = {
          ...defaults(seats.size),
          ...program.properties,
          ...options.properties,
          "broker.id": String(id),
          listeners: `PLAINTEXT://${place.host}:${port}`,
          "log.dirs": logDirectoriesOf(folder, id, options).join(),
          "zookeeper.connect": links?.connectString(id) ?? ensemble.connectString,
        };
        for (const directory of logDirectoriesOf(folder, id, options)) mkdirSync(directory, { recursive: true });
        const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
        writeFileSync(configFile(folder, id), lines.join(""));
      }
      const brokers = scope.own(brokerNodes(folder, program, seats, view, { clocks, disks }));
      await brokers.startAll();
      scope.release();
      const temporary = options.folder === undefined;
      return new LocalCluster(
        folder,
        options.logDirectoriesEach ?? 1,
        program,
        seats,
        brokers,
        ensemble,
        view,
        links,
        clocks,
        disks,
        network,
        temporary,
      );
    });
  }

  get name(): string {
    return this.program.name;
  }

  get brokerIds(): readonly number[] {
    return this.brokers.ids;
  }

  get bootstrapServers(): string {
    return [...this.seats.values()].map(({ place, port }) => `${place.host}:${port}`).join(",");
  }

  get zookeeperConnect(): string {
    return this.ensemble.connectString;
  }

  get network(): NetworkFaults | null {
    return this.on.faults;
  }

  logDirectory(brokerId: number, partition?: string): string {
    const all = logDirectoriesOf(this.folder, brokerId, { logDirectoriesEach: this.logDirectoriesEach });
    const holding = all.find((directory) => partition !== undefined && existsSync(join(directory, partition)));
    return holding ?? logDirectoryOf(this.folder, brokerId, 1);
  }

  async close(options: { readonly keepFolder?: boolean } = {}): Promise<void> {
    await this.view.close();
    await this.brokers.close();
    await this.links?.close();
    await this.clocks?.close();
    await this.disks?.close();
    await this.ensemble.close();
    await this.on.close();
    if (this.temporary && !options.keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where the `nth` log directory of a broker lies, counted from 1, in the folder of its cluster. */
export function logDirectoryOf(folder: string, brokerId: number, nth: number): string {
  return join(folder, `broker${brokerId}`, nth === 1 ? "data" : `data-${nth}`);
}

function logDirectoriesOf(
  folder: string,
  brokerId: number,
  { logDirectoriesEach = 1 }: Pick<LocalClusterOptions, "logDirectoriesEach">,
): string[] {
  return Array.from({ length: logDirectoriesEach }, (_, i) => logDirectoryOf(folder, brokerId, i + 1));
}

/** Where a broker listens. */
interface Seat {
  readonly place: Place;
  readonly port: number;
}

function brokerNodes(
  folder: string,
  program: BrokerProgram,
  seats: ReadonlyMap<number, Seat>,
  view: ClusterView,
  preloaded: { readonly clocks: ShiftedClocks | null; readonly disks: FailingDisks | null },
): ProcessNodes<number> {
  let starts = 0;
  return new ProcessNodes<number>(
    [...seats.keys()],
    async (id) => {
      if (program.waitsForOldSession)
        await until(
          `the old session of broker ${id} has expired`,
          START_TIMEOUT_MS,
          async () => !(await view.isRegistered(id)),
        );
      const { command, args } = program.command(configFile(folder, id));
      const place = seats.get(id)?.place;
      if (place === undefined) throw new Error(`there is no broker ${id}`);
      return ManagedProcess.start({
        ...place.command(command, args),
        env: environmentOf(id, preloaded),
        logFile: join(folder, `broker${id}`, `${++starts}.log`),
      });
    },
    async (id, process) => {
      await process.says(program.readyPattern, START_TIMEOUT_MS);
      await until(`broker ${id} is registered`, START_TIMEOUT_MS, () => view.isRegistered(id));
    },
  );
}

function environmentOf(
  id: number,
  { clocks, disks }: { readonly clocks: ShiftedClocks | null; readonly disks: FailingDisks | null },
): Record<string, string> {
  const env = clocks?.environment(id) ?? {};
  const disk = disks?.preload(id);
  if (disk === undefined) return env;
  const libraries = env.LD_PRELOAD === undefined ? disk.library : `${env.LD_PRELOAD}:${disk.library}`;
  return { ...env, ...disk.env, LD_PRELOAD: libraries };
}

const configFile = (folder: string, id: number): string => join(folder, `broker${id}`, "server.properties");

function defaults(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const inSync = String(Math.min(2, brokers));
  return {
    "default.replication.factor": replicas,
    // A broker that starts while it is cut from ZooKeeper waits, where people would start it again.
    "zookeeper.connection.timeout.ms": String(START_TIMEOUT_MS - 10_000),
    "min.insync.replicas": inSync,
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
  };
}
