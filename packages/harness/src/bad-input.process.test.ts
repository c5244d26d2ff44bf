import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { apiVersions, encodeRequestFrame } from "@ottla/protocol";
import { SeededRandom } from "@ottla/runtime";
import { badInputCases } from "./bad-input/cases";
import { mutatedFrame, sendAlone } from "./bad-input/mutated-frames";
import { probe } from "./bad-input/probe";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";
import { repositoryRoot } from "./repository-root";

const FRAMES = Number(process.env.OTTLA_BAD_FRAMES ?? 2000);
const SEED = Number(process.env.OTTLA_SEED ?? 39);
const RESIDENT_MEMORY_MAX_MB = 300;

describe("a broker that is sent bad input", () => {
  let broker: LocalBroker;
  const idle: Socket[] = [];
  beforeAll(async () => {
    broker = await LocalBroker.start({ properties: { "auto.create.topics.enable": "false" } });
    const admin = kafka(broker.bootstrapServer).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "t" }, { topic: "healthy" }] });
    await admin.disconnect();
  });
  afterAll(async () => {
    for (const socket of idle) socket.destroy();
    await broker?.close();
  });
  afterEach(async () => {
    expect(broker.running).toBe(true);
    expect(residentMegabytes(broker.pid)).toBeLessThan(RESIDENT_MEMORY_MAX_MB);
    await kcat(broker.bootstrapServer, ["-P", "-t", "healthy", "-X", "message.timeout.ms=10000"], {
      input: "still here\n",
    });
  });

  it("answers or closes each named case as the table of docs/bad-input.md says", async () => {
    const outcomes: Record<string, string> = {};
    for (const input of badInputCases("t")) {
      outcomes[input.name] = await probe({ host: "127.0.0.1", port: broker.port, patienceMs: 1500 }, input);
    }
    expect(outcomes).toEqual(tableOf("docs/bad-input.md"));
  });

  it(`stands ${FRAMES} mutated and random frames (seed ${SEED})`, async () => {
    const random = new SeededRandom(SEED);
    for (let sent = 0; sent < FRAMES; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => sendAlone(broker.port, mutatedFrame(random, "t"), 200)));
    }
  });

  it("lets a hundred slow connections that announce 100 MiB each cost next to nothing", async () => {
    const before = residentMegabytes(broker.pid);
    for (let i = 0; i < 100; i++) {
      const socket = connect(broker.port, "127.0.0.1");
      socket.on("error", () => undefined);
      idle.push(socket);
      socket.write(Buffer.from([0x06, 0x40, 0, 0, 0, 3]));
    }
    const whole = Buffer.concat(encodeRequestFrame(apiVersions, 0, { correlationId: 1, clientId: "drip" }, {}));
    // One connection sends a good request a byte at a time: it is answered all the same.
    const answered = await dripped(broker.port, whole);
    expect(answered).toBe(true);
    expect(residentMegabytes(broker.pid) - before).toBeLessThan(60);
  });
});

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1000;
}

function dripped(port: number, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    const next = () => {
      if (sent < bytes.length) socket.write(bytes.subarray(sent, ++sent), () => setImmediate(next));
    };
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer to a request sent byte by byte")));
    socket.once("connect", next);
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("close", () => resolve(false));
    socket.once("error", reject);
  });
}

/** The column "Ottla" of the table: name of the case -> outcome. */
function tableOf(file: string): Record<string, string> {
  const rows = readFileSync(`${repositoryRoot}/${file}`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| case"));
  return Object.fromEntries(
    rows.map((row) => row.split("|").map((cell) => cell.trim())).map(([, name = "", outcome = ""]) => [name, outcome]),
  );
}
