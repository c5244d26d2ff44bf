import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import type { Closable } from "@ottla/runtime";
import { until } from "./until";

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Everything the process says goes here too, and stays after it. */
  readonly logFile: string;
}

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A long-lived process that this harness started, and that nobody but its owner ends. */
export class ManagedProcess implements Closable {
  private said = "";
  private ending: Ending | null = null;
  readonly ended: Promise<Ending>;

  private constructor(
    private readonly child: ChildProcess,
    readonly name: string,
    readonly logFile: string,
    log: WriteStream,
  ) {
    const hear = (chunk: Buffer) => {
      log.write(chunk);
      this.said = (this.said + chunk.toString("utf8")).slice(-KEPT_OUTPUT_CHARS);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.ending = { code, signal };
        log.end();
        resolve(this.ending);
      };
      child.once("close", end);
      child.once("error", (error) => {
        this.said += `\n${error.message}`;
        end(null, null);
      });
    });
  }

  static start(options: ProcessOptions): ManagedProcess {
    mkdirSync(dirname(options.logFile), { recursive: true });
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new ManagedProcess(
      child,
      options.command,
      options.logFile,
      createWriteStream(options.logFile, { flags: "a" }),
    );
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} did not start: ${this.said}`);
    return this.child.pid;
  }

  get running(): boolean {
    return this.ending === null;
  }

  /** The last of what it said, standard output and error as they came. */
  get output(): string {
    return this.said;
  }

  /**
   * Waits until its output matches.
   *
   * @throws when the process ends first, or the time is up: with its last words
   */
  async says(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await until(`${this.name} says ${pattern} (its log: ${this.logFile})`, timeoutMs, () => {
      match = pattern.exec(this.said);
      if (match === null && this.ending !== null) {
        throw new Error(`${this.name} ended (${JSON.stringify(this.ending)}) before it said ${pattern}:\n${this.said}`);
      }
      return match !== null;
    });
    return match as unknown as RegExpExecArray;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, signal);
  }

  /** Ends it with `signal` and waits; a process that ignores SIGTERM for `patienceMs` is killed. */
  async end(signal: NodeJS.Signals = "SIGTERM", patienceMs = 20_000): Promise<Ending> {
    this.signal("SIGCONT");
    this.signal(signal);
    const last = setTimeout(() => this.signal("SIGKILL"), patienceMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(last);
    }
  }

  async close(): Promise<void> {
    if (this.running) await this.end();
  }
}

/** Enough for a start-up screen and a stack trace; the whole of it is in the log file. */
const KEPT_OUTPUT_CHARS = 200_000;
