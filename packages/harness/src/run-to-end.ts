import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface RunOptions {
  /** What the command reads: bytes, or the path of a file. Nothing when absent. */
  readonly input?: Buffer | string | { readonly file: string };
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Runs a command to its end and returns all it wrote. A command that outlives its time is killed; `signal` then says so. */
export async function runToEnd(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", (cause) => reject(new Error(`cannot run ${command}`, { cause })));
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  try {
    const [ending] = await Promise.all([ended, feed(child.stdin, options.input)]);
    return {
      ...ending,
      stdout: Buffer.concat(stdout),
      stderr: Buffer.concat(stderr).toString("utf8"),
      tookMs: performance.now() - started,
    };
  } finally {
    clearTimeout(limit);
  }
}

async function feed(stdin: Writable, input: RunOptions["input"]): Promise<void> {
  // A command that needs no input may close its end while we still write: its exit code tells the story.
  stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") throw error;
  });
  if (typeof input === "object" && "file" in input) await pipeline(createReadStream(input.file), stdin);
  else stdin.end(input);
}
