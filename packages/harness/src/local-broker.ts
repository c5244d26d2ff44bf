import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZooKeeperServer } from "@ottla/coordination";
import type { Closable } from "@ottla/runtime";
import { freePort } from "./free-port";
import { type Ending, ManagedProcess } from "./managed-process";
import { repositoryRoot } from "./repository-root";

export interface LocalBrokerOptions {
  /** Properties over those of a small broker; Kafka's names. */
  readonly properties?: Readonly<Record<string, string>>;
  /** An ensemble that is there already; otherwise one is started and ends with the broker. */
  readonly zookeeper?: ZooKeeperServer;
}

/** A broker in a process of its own on a real ZooKeeper, in a temporary folder that stays when something failed. */
export class LocalBroker implements Closable {
  private process: ManagedProcess | null = null;
  private starts = 0;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly zookeeper: ZooKeeperServer,
    private readonly ownsZooKeeper: boolean,
  ) {}

  /** Starts both and returns when the broker is ready. */
  static async start(options: LocalBrokerOptions = {}): Promise<LocalBroker> {
    const folder = mkdtempSync(join(tmpdir(), "ottla-broker-"));
    const zookeeper = options.zookeeper ?? (await ZooKeeperServer.start());
    const broker = new LocalBroker(folder, await freePort(), zookeeper, options.zookeeper === undefined);
    try {
      broker.configure(options.properties ?? {});
      await broker.startProcess();
    } catch (failure) {
      await broker.endAll();
      throw failure;
    }
    return broker;
  }

  get bootstrapServer(): string {
    return `127.0.0.1:${this.port}`;
  }

  get logDirectory(): string {
    return join(this.folder, "data");
  }

  get configFile(): string {
    return join(this.folder, "server.properties");
  }

  /** What the running process, or the last one, said. */
  get output(): string {
    return this.process?.output ?? "";
  }

  get running(): boolean {
    return this.process?.running ?? false;
  }

  get pid(): number {
    if (this.process === null) throw new Error("the broker was never started");
    return this.process.pid;
  }

  /** @returns milliseconds from spawning the process until it said that it is ready */
  async startProcess(): Promise<number> {
    const started = performance.now();
    this.process = this.spawn();
    await this.process.says(/ ready brokerId=/, START_TIMEOUT_MS);
    return performance.now() - started;
  }

  /** Starts another process on the same file, whose fate the caller watches. */
  spawn(...overrides: string[]): ManagedProcess {
    this.starts++;
    return ManagedProcess.start({
      command: "node",
      args: [
        "--single-threaded-gc", // As the scripts do.
        join(repositoryRoot, "packages/broker/dist/main.js"),
        this.configFile,
        ...overrides.flatMap((override) => ["--override", override]),
      ],
      logFile: join(this.folder, `broker-${this.starts}.log`),
    });
  }

  /** kill -9, and waits for the end. */
  async kill(): Promise<void> {
    await this.process?.end("SIGKILL");
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<Ending> {
    if (this.process === null) throw new Error("the broker was never started");
    return this.process.end("SIGTERM");
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  /** Ends everything and removes the folder. A spec that failed leaves its folder by not calling this, or by `keepFolder`. */
  async close(options: { readonly keepFolder?: boolean } = {}): Promise<void> {
    await this.endAll();
    if (!options.keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  private async endAll(): Promise<void> {
    await this.process?.close();
    if (this.ownsZooKeeper) await this.zookeeper.close();
  }

  private configure(properties: Readonly<Record<string, string>>): void {
    mkdirSync(this.logDirectory, { recursive: true });
    const all = {
      "broker.id": "1",
      listeners: `PLAINTEXT://127.0.0.1:${this.port}`,
      "log.dirs": this.logDirectory,
      "zookeeper.connect": this.zookeeper.connectString,
      "offsets.topic.replication.factor": "1",
      "transaction.state.log.replication.factor": "1",
      ...properties,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    writeFileSync(this.configFile, `${lines.join("\n")}\n`);
  }
}

/** A start takes under a second; a busy machine may take many times that. */
const START_TIMEOUT_MS = 30_000;
