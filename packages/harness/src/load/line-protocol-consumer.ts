import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TopicPartition } from "@ottla/client";
import type { ConsumerLibrary, LoadConsumer, PolledRecords } from "./load-consumer";

/**
 * A consumer of another language, in a process of its own that reads `assign TOPIC PARTITION OFFSET` and `poll ID` from its standard input
 * and answers a poll with `polled ID {"TOPIC-PARTITION":[[OFFSET,VALUE],...]}` or `failed ID ERROR`. It ends when its input does.
 *
 * @param command is given the bootstrap servers as a further argument
 * @param pollPatienceMs a process that has not answered a poll by then is ended
 */
export function lineProtocolConsumer(
  name: string,
  command: string,
  args: readonly string[],
  env = {},
  pollPatienceMs = POLL_PATIENCE_MS,
): ConsumerLibrary {
  return {
    name,
    open(bootstrapServers) {
      const child = spawn(command, [...args, bootstrapServers], {
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...process.env, ...env },
      });
      return new LineProtocolConsumer(name, child, pollPatienceMs);
    },
  };
}

class LineProtocolConsumer implements LoadConsumer {
  private waiting: Waiting | null = null;
  private readonly ended: Promise<void>;
  private id = 0;
  private over = false;
  private lastWords = "";

  constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
    private readonly pollPatienceMs: number,
  ) {
    if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", (line) => this.hear(line));
    child.stderr?.on("data", (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString("utf8")).slice(-500);
    });
    // Writing to a process that has just died is no news: its end answers the poll.
    child.stdin?.on("error", () => this.end());
    this.ended = new Promise((resolve) => {
      child.once("close", () => resolve(this.end()));
      child.once("error", (error) => {
        this.lastWords = error.message;
        resolve(this.end());
      });
    });
  }

  assign(starts: readonly (TopicPartition & { readonly offset: number })[]): void {
    for (const { topic, partition, offset } of starts)
      this.child.stdin?.write(`assign ${topic} ${partition} ${offset}\n`);
  }

  poll(): Promise<PolledRecords> {
    return new Promise((resolve, reject) => {
      // A library may hang for good within a call: its process is ended, and whoever reads opens another one.
      const patience = setTimeout(() => this.child.kill("SIGKILL"), this.pollPatienceMs);
      const done = (): void => clearTimeout(patience);
      this.waiting = {
        id: ++this.id,
        resolve: (records) => {
          done();
          resolve(records);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      if (this.over) this.end();
      else this.child.stdin?.write(`poll ${this.id}\n`);
    });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    const patience = setTimeout(() => this.child.kill("SIGKILL"), CLOSE_PATIENCE_MS);
    await this.ended;
    clearTimeout(patience);
  }

  private hear(line: string): void {
    const [, word, id, rest = ""] = /^(\w+) (\d+) (.*)$/.exec(line) ?? [];
    const { waiting } = this;
    if (waiting === null || Number(id) !== waiting.id) return;
    this.waiting = null;
    if (word === "polled") waiting.resolve(polled(JSON.parse(rest) as PolledRecords["records"]));
    else waiting.reject(new Error(rest));
  }

  private end(): void {
    this.over = true;
    this.waiting?.reject(new Error(`${this.name} ended: ${this.lastWords.trim().slice(-200)}`));
    this.waiting = null;
  }
}

interface Waiting {
  readonly id: number;
  readonly resolve: (records: PolledRecords) => void;
  readonly reject: (error: Error) => void;
}

function polled(records: PolledRecords["records"]): PolledRecords {
  const nextOffsets = new Map(Object.entries(records).map(([key, list]) => [key, (list.at(-1)?.[0] ?? -1) + 1]));
  return { records, nextOffsets };
}

/** A poll takes half a second, and on a busy machine or without brokers a few more. */
const POLL_PATIENCE_MS = 30_000;
const CLOSE_PATIENCE_MS = 10_000;
