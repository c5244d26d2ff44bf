import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, sleep, systemClock } from "@ottla/runtime";
import { findZooKeeper, HOW_TO_GET_ZOOKEEPER } from "./zookeeper-installation";
import { zooKeeperServes } from "./zookeeper-serves";

export interface ZooKeeperServerOptions {
  /** Default: one that is free. */
  readonly port?: number;
  /** Holds data, configuration and log; kept at the end when given. Default: a temporary one, removed by `close`. */
  readonly directory?: string;
  /** ZooKeeper's unit of time; sessions last 2 to 120 of them. Default 500 ms. */
  readonly tickTimeMs?: number;
  /** How long the server may take until it answers. Default 30 s. */
  readonly startTimeoutMs?: number;
  readonly clock?: Clock;
}

/** A real ZooKeeper server in a process of its own, for specs, the harness and scripts. It listens on 127.0.0.1 alone. */
export class ZooKeeperServer {
  private process: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    readonly directory: string,
    private readonly options: ZooKeeperServerOptions,
  ) {}

  /**
   * Starts a server and waits until it answers.
   *
   * @throws Error when no ZooKeeper is installed, or the server does not answer in time; the message ends with its log
   */
  static async start(options: ZooKeeperServerOptions = {}): Promise<ZooKeeperServer> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), "ottla-zookeeper-"));
    const server = new ZooKeeperServer(options.port ?? (await freePort()), directory, options);
    try {
      await server.start();
    } catch (failure) {
      await server.close();
      throw failure;
    }
    return server;
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Null while stopped. */
  get pid(): number | null {
    return this.process?.pid ?? null;
  }

  get logFile(): string {
    return join(this.directory, "zookeeper.log");
  }

  /** Starts it again on the same port and data. */
  async start(): Promise<void> {
    if (this.process !== null) return;
    const installation = findZooKeeper();
    if (installation === null) throw new Error(HOW_TO_GET_ZOOKEEPER);
    this.writeConfiguration();
    const log = openSync(this.logFile, "a");
    const child = spawn("java", [...JAVA_FLAGS, ...this.javaArguments(installation.classpath)], {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.process = child;
    child.once("exit", () => {
      if (this.process === child) this.process = null;
    });
    child.once("error", () => {
      if (this.process === child) this.process = null;
    });
    await this.untilAnswering();
  }

  /** Sends the process a signal: SIGSTOP and SIGCONT freeze and thaw it. */
  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal);
  }

  /** Ends the process, SIGKILL by default (a server keeps nothing that matters in memory), and waits for its end. The data stay. */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.process;
    if (child === null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
    this.process = null;
  }

  /** Stops it and removes its temporary directory. Idempotent. */
  async close(): Promise<void> {
    await this.stop();
    if (this.options.directory === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  private writeConfiguration(): void {
    const tickTimeMs = this.options.tickTimeMs ?? 500;
    mkdirSync(join(this.directory, "data"), { recursive: true });
    writeFileSync(
      join(this.directory, "zoo.cfg"),
      [
        `tickTime=${tickTimeMs}`,
        `dataDir=${join(this.directory, "data")}`,
        `clientPort=${this.port}`,
        "clientPortAddress=127.0.0.1",
        "admin.enableServer=false",
        "4lw.commands.whitelist=ruok,srvr,stat,mntr,cons,wchs",
        "maxClientCnxns=0",
        `minSessionTimeout=${2 * tickTimeMs}`,
        `maxSessionTimeout=${120 * tickTimeMs}`,
        "",
      ].join("\n"),
    );
    writeFileSync(
      join(this.directory, "log4j.properties"),
      [
        "log4j.rootLogger=INFO, CONSOLE",
        "log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender",
        "log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout",
        "log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} %-5p %c{1}: %m%n",
        "",
      ].join("\n"),
    );
  }

  private javaArguments(classpath: string): string[] {
    return [
      `-Dlog4j.configuration=file:${join(this.directory, "log4j.properties")}`,
      "-cp",
      classpath,
      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
      join(this.directory, "zoo.cfg"),
    ];
  }

  private async untilAnswering(): Promise<void> {
    const clock = this.options.clock ?? systemClock;
    const timeoutMs = this.options.startTimeoutMs ?? 30_000;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    while (!(await zooKeeperServes(this.port))) {
      const ended = this.process === null;
      if (ended || clock.monotonicMs() > deadlineMs) {
        const what = ended ? "ended at once" : `did not answer within ${timeoutMs} ms`;
        const log = readFileSync(this.logFile, "utf8").slice(-2000);
        throw new Error(`ZooKeeper on port ${this.port} ${what}; the end of its log:\n${log}`);
      }
      await sleep(clock, 50);
    }
  }
}

const JAVA_FLAGS = [
  "-Xms64m",
  "-Xmx256m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Dzookeeper.jmx.log4j.disable=true",
  "-Dzookeeper.admin.enableServer=false",
];

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
