import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Admin, ClusterClient } from "@ottla/client";
import { encodeRequestFrame, produce } from "@ottla/protocol";
import { SeededRandom } from "@ottla/runtime";
import { LocalBroker } from "../local-broker";
import { goodBatch, produceOf } from "./cases";
import { mutatedFrame, sendAlone } from "./mutated-frames";

/**
 * What bad input costs a good client: the latency of one that produces a record at a time, alone and then beside a storm of bad frames,
 * a hundred connections that announce much and send little, and half-open ones. `storm.js [FRAMES] [SEED]`.
 */
async function main(): Promise<void> {
  const [frames = "10000", seed = "39", port] = process.argv.slice(2);
  if (port !== undefined) return storm(Number(port), Number(frames), Number(seed));
  // Mutants ask for topics of many names: making those is the work of a good request, not the cost of a bad one.
  const broker = await LocalBroker.start({ properties: { "auto.create.topics.enable": "false" } });
  try {
    const cluster = new ClusterClient({ bootstrapServers: broker.bootstrapServer });
    await new Admin(cluster).createTopics([{ name: "healthy", partitions: 1 }]);
    await cluster.close();
    const client = await HealthyClient.connect(broker.port, "healthy");
    await client.run(() => Promise.resolve(), 2000);
    const alone = await client.run(() => Promise.resolve(), 5000);
    let most = 0;
    const beside = await client.run(async (stop) => {
      const child = spawn("node", [__filename, frames, seed, `${broker.port}`], { stdio: "inherit" });
      const watch = setInterval(() => {
        most = Math.max(most, residentMegabytes(broker.pid));
      }, 100);
      await new Promise((resolve) => child.once("exit", resolve));
      clearInterval(watch);
      stop();
    });
    print(`alone:            ${describe(alone)}`);
    print(`beside the storm: ${describe(beside)}`);
    print(
      `p99 ratio ${(percentile(beside, 99) / percentile(alone, 99)).toFixed(2)}; resident memory at most ${most.toFixed(0)} MB; broker ${broker.running ? "up" : "DOWN"}`,
    );
  } finally {
    await broker.close();
  }
}

/** The storm itself, in a process of its own: what it costs its sender must not count as the good client's latency. */
async function storm(port: number, frames: number, seed: number): Promise<void> {
  const drips = Array.from({ length: 100 }, () => drip(port));
  for (let i = 0; i < 20; i++) connect({ port, host: "127.0.0.1", allowHalfOpen: true }).end(Buffer.alloc(3));
  const random = new SeededRandom(seed);
  const outcomes = { answered: 0, closed: 0, waited: 0 };
  for (let sent = 0; sent < frames; sent += 20) {
    const batch = Array.from({ length: 20 }, () => sendAlone(port, mutatedFrame(random, "healthy"), 100));
    for (const outcome of await Promise.all(batch)) outcomes[outcome]++;
  }
  print(`${frames} frames (seed ${seed}): ${JSON.stringify(outcomes)}`);
  for (const socket of drips) socket.destroy();
}

/** Produces one record at a time and notes how long each answer took, microseconds. */
class HealthyClient {
  private waiting: ((answer: Buffer) => void) | null = null;
  private readonly frame: Buffer;

  private constructor(
    private readonly socket: Socket,
    topic: string,
  ) {
    this.frame = Buffer.concat(
      encodeRequestFrame(produce, 7, { correlationId: 1, clientId: "healthy" }, produceOf(topic, goodBatch(), 1)),
    );
    socket.setNoDelay(true);
    socket.on("data", (answer: Buffer) => this.waiting?.(answer));
  }

  static connect(port: number, topic: string): Promise<HealthyClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new HealthyClient(socket, topic)));
      socket.once("error", reject);
    });
  }

  /** Runs until `work` calls `stop`, or `limitMs` have passed. */
  async run(work: (stop: () => void) => Promise<void>, limitMs = Number.POSITIVE_INFINITY): Promise<number[]> {
    let stopped = false;
    const working = work(() => {
      stopped = true;
    });
    const tookUs: number[] = [];
    const end = performance.now() + limitMs;
    while (!stopped && performance.now() < end) {
      const started = performance.now();
      await this.once();
      tookUs.push((performance.now() - started) * 1000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await working;
    return tookUs.toSorted((a, b) => a - b);
  }

  private once(): Promise<Buffer> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.write(this.frame);
    });
  }
}

function drip(port: number): Socket {
  const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from([0x06, 0x40, 0, 0, 0, 3])));
  socket.on("error", () => socket.destroy());
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(Buffer.from([0]))), 100);
  return socket;
}

const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;

const describe = (sorted: readonly number[]): string =>
  `${sorted.length} produces, p50 ${percentile(sorted, 50).toFixed(0)} us, p99 ${percentile(sorted, 99).toFixed(0)} us, worst ${percentile(sorted, 100).toFixed(0)} us`;

const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
