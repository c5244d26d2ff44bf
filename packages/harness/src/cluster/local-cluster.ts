import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scope } from "@ottla/runtime";
import { freePort } from "../free-port";
import { ManagedProcess } from "../managed-process";
import { until } from "../until";
import { type BrokerProgram, ottla } from "./broker-program";
import type { ClusterUnderTest } from "./cluster-under-test";
import { ClusterView } from "./cluster-view";
import { ProcessNodes } from "./process-nodes";
import { ProxiedLinks } from "./proxied-links";
import { startZooKeepers } from "./zookeeper-nodes";

export interface LocalClusterOptions {
  /** 3 by default; their ids count from 1. */
  readonly brokers?: number;
  /** 1 (default) or 3. */
  readonly zookeepers?: 1 | 3;
  /** Puts proxies between brokers and ZooKeeper, so that the two can be cut from each other. */
  readonly linksThatCut?: boolean;
  /** Ottla by default. */
  readonly program?: BrokerProgram;
  /** Properties over the program's defaults, for every broker; Kafka's names. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Holds everything and stays at the end. Default: a temporary one, removed by `close` unless asked to stay. */
  readonly folder?: string;
}

/** A cluster of processes on this machine, everything of it below one folder: `brokerN/`, `zkN/`, with their logs. */
export class LocalCluster implements ClusterUnderTest {
  private constructor(
    readonly folder: string,
    private readonly program: BrokerProgram,
    private readonly ports: ReadonlyMap<number, number>,
    readonly brokers: ProcessNodes<number>,
    readonly ensemble: ProcessNodes<string>,
    readonly zookeeperConnect: string,
    readonly view: ClusterView,
    readonly links: ProxiedLinks | null,
    private readonly temporary: boolean,
  ) {}

  /** Returns when every broker is ready. After a failure the folder stays, with the logs in it. */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "ottla-cluster-"));
    const program = options.program ?? ottla;
    const ports = new Map<number, number>();
    for (let id = 1; id <= (options.brokers ?? 3); id++) ports.set(id, await brokerPort());
    return Scope.opening(async (scope) => {
      const zookeepers = await startZooKeepers(folder, options.zookeepers ?? 1);
      scope.own(zookeepers.nodes);
      const view = scope.own(await ClusterView.connect(zookeepers.connectString));
      const links = options.linksThatCut
        ? scope.own(await ProxiedLinks.start(zookeepers.connectString, [...ports.keys()]))
        : null;
      for (const [id, port] of ports) {
        const properties = {
          ...defaults(ports.size),
          ...program.properties,
          ...options.properties,
          "broker.id": String(id),
          listeners: `PLAINTEXT://127.0.0.1:${port}`,
          "log.dirs": join(folder, `broker${id}`, "data"),
          "zookeeper.connect": links?.connectString(id) ?? zookeepers.connectString,
        };
        mkdirSync(join(folder, `broker${id}`, "data"), { recursive: true });
        const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
        writeFileSync(configFile(folder, id), lines.join(""));
      }
      const brokers = scope.own(brokerNodes(folder, program, [...ports.keys()], view));
      await brokers.startAll();
      scope.release();
      return new LocalCluster(
        folder,
        program,
        ports,
        brokers,
        zookeepers.nodes,
        zookeepers.connectString,
        view,
        links,
        options.folder === undefined,
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
    return [...this.ports.values()].map((port) => `127.0.0.1:${port}`).join(",");
  }

  logDirectory(brokerId: number): string {
    return join(this.folder, `broker${brokerId}`, "data");
  }

  async close(options: { readonly keepFolder?: boolean } = {}): Promise<void> {
    await this.view.close();
    await this.brokers.close();
    await this.links?.close();
    await this.ensemble.close();
    if (this.temporary && !options.keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}

function brokerNodes(
  folder: string,
  program: BrokerProgram,
  ids: readonly number[],
  view: ClusterView,
): ProcessNodes<number> {
  let starts = 0;
  return new ProcessNodes<number>(
    ids,
    async (id) => {
      if (program.waitsForOldSession)
        await until(
          `the old session of broker ${id} has expired`,
          START_TIMEOUT_MS,
          async () => !(await view.isRegistered(id)),
        );
      return ManagedProcess.start({
        ...program.command(configFile(folder, id)),
        logFile: join(folder, `broker${id}`, `${++starts}.log`),
      });
    },
    async (id, process) => {
      await process.says(program.readyPattern, START_TIMEOUT_MS);
      await until(`broker ${id} is registered`, START_TIMEOUT_MS, () => view.isRegistered(id));
    },
  );
}

const configFile = (folder: string, id: number): string => join(folder, `broker${id}`, "server.properties");

function defaults(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const inSync = String(Math.min(2, brokers));
  return {
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
  };
}

/** The broker's own port for gRPC lies 10,000 above, which must still be a port. */
async function brokerPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port <= 65_535 - 10_000) return port;
  }
}

/** A busy machine takes many times what a quiet one does, and Apache Kafka waits for its old session to expire. */
const START_TIMEOUT_MS = 90_000;
