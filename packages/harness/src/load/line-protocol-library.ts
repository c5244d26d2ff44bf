import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { TopicPartition } from "@ottla/client";
import {
  CERTAIN_FAILURES,
  type LoadProducer,
  type ProducerLibrary,
  type ProducerOptions,
  producerSettings,
  type SendResult,
} from "./load-producer";

/**
 * A producer of another language, in a process of its own that reads `send ID TOPIC PARTITION VALUE` from its standard input and writes
 * `ok ID OFFSET`, `failed ID ERROR` or `told ERROR`; an OFFSET that is no number is not known. It ends when its input does.
 *
 * @param command is given the bootstrap servers, acks and `true` or `false` for idempotence as further arguments
 */
export function lineProtocolLibrary(name: string, command: string, args: readonly string[], env = {}): ProducerLibrary {
  return {
    name,
    inFlightMax: 50,
    countMax: 1,
    async open(options) {
      const { acks, idempotent } = producerSettings(options.settings);
      const child = spawn(command, [...args, options.bootstrapServers, String(acks), String(idempotent)], {
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...process.env, ...env },
      });
      return new LineProtocolProducer(name, child, options.onTold);
    },
  };
}

class LineProtocolProducer implements LoadProducer {
  private readonly waiting = new Map<number, (result: SendResult) => void>();
  private readonly ended: Promise<void>;
  private id = 0;
  private over = false;
  private lastWords = "";

  constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
    private readonly onTold: ProducerOptions["onTold"],
  ) {
    if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", (line) => this.hear(line));
    child.stderr?.on("data", (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString("utf8")).slice(-500);
    });
    // Writing to a process that has just died is no news: its end answers everything.
    child.stdin?.on("error", () => this.end());
    this.ended = new Promise((resolve) => {
      child.once("close", () => resolve(this.end()));
      child.once("error", (error) => {
        this.lastWords = error.message;
        resolve(this.end());
      });
    });
  }

  send({ topic, partition }: TopicPartition, value: number): Promise<SendResult> {
    if (this.over)
      return Promise.resolve({ type: "fail", error: `${this.name} has ended: ${this.lastWords.trim().slice(-200)}` });
    const id = ++this.id;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.child.stdin?.write(`send ${id} ${topic} ${partition} ${value}\n`);
    });
  }

  async close(): Promise<void> {
    this.child.stdin?.end();
    const patience = setTimeout(() => this.child.kill("SIGKILL"), CLOSE_PATIENCE_MS);
    await this.ended;
    clearTimeout(patience);
  }

  private hear(line: string): void {
    const [word, ...rest] = line.split(" ");
    if (word === "told") {
      this.onTold(rest.join(" "));
      return;
    }
    const id = Number(rest[0]);
    const settle = this.waiting.get(id);
    if (settle === undefined) return;
    this.waiting.delete(id);
    const detail = rest.slice(1).join(" ");
    // librdkafka does not know the offset of what it takes for written because something later was.
    if (word === "ok") settle({ type: "ok", offset: /^\d+$/.test(detail) ? Number(detail) : null });
    else settle({ type: CERTAIN_FAILURES.has(detail) ? "fail" : "info", error: detail });
  }

  private end(): void {
    this.over = true;
    for (const settle of this.waiting.values()) settle({ type: "info", error: `${this.name} ended` });
    this.waiting.clear();
  }
}

const CLOSE_PATIENCE_MS = 10_000;
