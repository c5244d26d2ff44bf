import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { RunFailure, RunResult } from "./run-result";
import type { WorkRequest } from "./worker";

export interface SeedWorkersOptions {
  readonly jobs: number;
  readonly seconds: number;
  /** The next seed to play; null when there are no more. */
  readonly nextSeed: () => number | null;
  /** @returns whether to go on */
  readonly onResult: (result: RunResult) => boolean;
  /** The built sources are changed by this mutant as they are loaded. */
  readonly mutant?: string;
  /** Real time for one seed; beyond it, it counts as hung. */
  readonly realMsMax?: number;
}

/** Plays seeds in processes of their own, several at a time. Resolves when there are no more, or `onResult` has had enough. */
export async function playSeeds(options: SeedWorkersOptions): Promise<void> {
  let isOver = false;
  const one = async (): Promise<void> => {
    let worker: Worker | null = null;
    try {
      for (let seed = options.nextSeed(); seed !== null && !isOver; seed = options.nextSeed()) {
        worker ??= new Worker(options);
        const result = await worker.play(seed);
        if (!worker.isAlive) worker = null;
        if (!isOver && !options.onResult(result)) isOver = true;
      }
    } finally {
      worker?.end();
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, one));
}

class Worker {
  private readonly child: ChildProcess;
  private errors = "";
  isAlive = true;

  constructor(private readonly options: SeedWorkersOptions) {
    const { mutant } = options;
    this.child = fork(join(__dirname, "worker.js"), [], {
      execArgv: mutant === undefined ? [] : ["--require", join(__dirname, "..", "mutants", "install.js")],
      env: { ...process.env, ...(mutant === undefined ? {} : { OTTLA_MUTANT: mutant }) },
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-ERRORS_KEPT);
    });
    this.child.once("exit", () => {
      this.isAlive = false;
    });
  }

  play(seed: number): Promise<RunResult> {
    const { seconds, realMsMax = REAL_MS_MAX } = this.options;
    return new Promise((resolve) => {
      const done = (result: RunResult): void => {
        clearTimeout(timer);
        this.child.removeAllListeners("message");
        this.child.off("exit", onExit);
        resolve(result);
      };
      const onExit = (): void => {
        this.isAlive = false;
        done(failed(seed, `the process that played it ended: ${this.errors}`));
      };
      const timer = setTimeout(() => {
        this.child.off("exit", onExit);
        this.end();
        done(failed(seed, `it has not ended after ${realMsMax} ms of real time`));
      }, realMsMax);
      this.child.once("message", (result) => done(result as RunResult));
      this.child.once("exit", onExit);
      const request: WorkRequest = { seed, seconds };
      this.child.send(request);
    });
  }

  end(): void {
    this.isAlive = false;
    this.child.kill("SIGKILL");
  }
}

function failed(seed: number, what: string): RunResult {
  const failure: RunFailure = { invariant: "error", what, atMs: 0, lastEvents: [] };
  return {
    seed,
    simulatedMs: 0,
    cpuMs: 0,
    steps: 0,
    faults: {},
    judged: {},
    acknowledged: 0,
    consumed: 0,
    elections: 0,
    healedAfterMs: null,
    failure,
  };
}

const REAL_MS_MAX = 120_000;
const ERRORS_KEPT = 4000;
