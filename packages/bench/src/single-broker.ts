import { LocalBroker, runToEnd } from "@ottla/harness";
import { processorSeconds, resident, say } from "./process-figures";

/**
 * The figures of one broker on this machine: start, memory, processor time, and what librdkafka gets through it.
 *
 *     RDKAFKA_PERFORMANCE=/path/to/rdkafka_performance node packages/bench/dist/single-broker.js [RUNS]
 *
 * `rdkafka_performance` is the example program of librdkafka; without it kcat is used, which is slower than the broker. Client and broker share
 * the machine, so the broker's own processor time is the figure that carries over to others.
 */
async function main(): Promise<void> {
  const runs = Number(process.argv[2] ?? 3);
  const broker = await LocalBroker.start();
  try {
    const starts: number[] = [];
    for (let run = 0; run < runs; run++) {
      await broker.stop();
      starts.push(await broker.startProcess());
    }
    say("start, process to ready", starts, "ms");
    say("resident memory, idle", [resident(broker.pid)], "MB");
    for (const load of LOADS) await measure(broker, load, runs);
    say("resident memory at most", [resident(broker.pid, "VmHWM")], "MB");
  } finally {
    await broker.close();
  }
}

interface Load {
  readonly recordBytes: number;
  readonly records: number;
  readonly acks: string;
}

const LOADS: readonly Load[] = [
  { recordBytes: 100, records: 5_000_000, acks: "1" },
  { recordBytes: 100, records: 5_000_000, acks: "-1" },
  { recordBytes: 1000, records: 1_000_000, acks: "1" },
  { recordBytes: 1000, records: 1_000_000, acks: "-1" },
];

async function measure(broker: LocalBroker, load: Load, runs: number): Promise<void> {
  const topic = `bench-${load.recordBytes}-${load.acks}`;
  const name = `${load.recordBytes} B acks=${load.acks}`;
  const megabytes = (load.recordBytes * load.records) / 1e6;
  const produced: Run[] = [];
  const consumed: Run[] = [];
  for (let run = 0; run < runs; run++) {
    produced.push(await timed(broker, megabytes, () => produce(broker.bootstrapServer, topic, load)));
    consumed.push(await timed(broker, megabytes, () => consume(broker.bootstrapServer, topic, load)));
  }
  for (const [what, results] of [
    ["produce", produced],
    ["consume", consumed],
  ] as const) {
    say(
      `${what} ${name}`,
      results.map((run) => run.megabytesPerSecond),
      "MB/s",
    );
    say(
      `${what} ${name}, broker's processor time`,
      results.map((run) => run.processorSecondsPerGigabyte),
      "s/GB",
      2,
    );
  }
}

interface Run {
  readonly megabytesPerSecond: number;
  readonly processorSecondsPerGigabyte: number;
}

async function timed(broker: LocalBroker, megabytes: number, work: () => Promise<number>): Promise<Run> {
  const before = processorSeconds(broker.pid);
  const tookMs = await work();
  return {
    megabytesPerSecond: megabytes / (tookMs / 1000),
    processorSecondsPerGigabyte: ((processorSeconds(broker.pid) - before) * 1000) / megabytes,
  };
}

const program = process.env.RDKAFKA_PERFORMANCE;

/** @returns milliseconds, by the program's own word: without the start of the client */
async function produce(bootstrapServer: string, topic: string, load: Load): Promise<number> {
  if (program === undefined) {
    const line = `${"x".repeat(load.recordBytes)}\n`;
    const input = Buffer.from(line.repeat(load.records));
    const { tookMs } = await checked(
      "kcat",
      ["-b", bootstrapServer, "-P", "-t", topic, "-X", `acks=${load.acks}`],
      input,
    );
    return tookMs;
  }
  const args = [
    "-P",
    "-b",
    bootstrapServer,
    "-t",
    topic,
    "-p",
    "0",
    "-s",
    `${load.recordBytes}`,
    "-c",
    `${load.records}`,
  ];
  const { output } = await checked(program, [
    ...args,
    "-a",
    load.acks,
    "-X",
    "queue.buffering.max.messages=1000000",
    "-q",
  ]);
  return timeIn(output, /delivered .* in (\d+)ms/);
}

async function consume(bootstrapServer: string, topic: string, load: Load): Promise<number> {
  if (program === undefined) {
    const args = ["-b", bootstrapServer, "-C", "-t", topic, "-p", "0", "-o", `-${load.records}`, "-e", "-q", "-f", ""];
    return (await checked("kcat", args)).tookMs;
  }
  const args = [
    "-C",
    "-b",
    bootstrapServer,
    "-t",
    topic,
    "-p",
    "0",
    "-o",
    `-${load.records}`,
    "-c",
    `${load.records}`,
    "-q",
  ];
  return timeIn((await checked(program, args)).output, /consumed in (\d+)ms/);
}

async function checked(
  command: string,
  args: readonly string[],
  input?: Buffer,
): Promise<{ output: string; tookMs: number }> {
  const result = await runToEnd(command, args, { timeoutMs: 120_000, ...(input === undefined ? {} : { input }) });
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code ?? result.signal}:\n${result.stderr}`);
  return { output: result.stdout.toString() + result.stderr, tookMs: result.tookMs };
}

function timeIn(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined) throw new Error(`no time in:\n${output}`);
  return Number(found);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
