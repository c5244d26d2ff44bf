import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kafka } from "./kafkajs-client";
import { kcat } from "./kcat";
import { LocalBroker } from "./local-broker";
import { serverLog } from "./server-log";

const LINES = 50_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

describe("kcat against one broker", () => {
  let broker: LocalBroker;
  let file: string;
  const text = serverLog(LINES, 3);

  beforeAll(async () => {
    broker = await LocalBroker.start({ properties: { "num.partitions": "1" } });
    file = join(broker.folder, "access.log");
    writeFileSync(file, text);
  });
  afterAll(() => broker?.close());

  it.each(CODECS)("reads back what it wrote to one partition with codec %s, to the byte", async (codec) => {
    await kcat(broker.bootstrapServer, ["-P", "-t", `lines-${codec}`, "-z", codec, "-p", "0"], { input: { file } });

    const read = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      `lines-${codec}`,
      "-p",
      "0",
      "-o",
      "beginning",
      "-e",
      "-X",
      "check.crcs=true",
    ]);

    expect(read.stdout.equals(text)).toBe(true);
  });

  it.each(CODECS)("keeps keys and headers with codec %s", async (codec) => {
    const keyed = Buffer.from(
      text
        .toString("utf8")
        .split("\n")
        .slice(0, 2000)
        .map((line, i) => `k${i}\t${line}\n`)
        .join(""),
    );
    await kcat(
      broker.bootstrapServer,
      ["-P", "-t", `keyed-${codec}`, "-z", codec, "-p", "0", "-K", "\t", "-H", "origin=web", "-H", "empty="],
      { input: keyed },
    );

    const read = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      `keyed-${codec}`,
      "-p",
      "0",
      "-o",
      "beginning",
      "-e",
      "-f",
      "%k\t%s\n",
    ]);
    const headers = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      `keyed-${codec}`,
      "-p",
      "0",
      "-o",
      "beginning",
      "-c",
      "1",
      "-f",
      "%h",
    ]);

    expect(read.stdout.equals(keyed)).toBe(true);
    expect(headers.stdout.toString()).toBe("origin=web,empty=");
  });

  it("spreads a file over twelve partitions and finds it again: whole when sorted, in order within each", async () => {
    const admin = kafka(broker.bootstrapServer).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "twelve", numPartitions: 12 }], waitForLeaders: true });
    await admin.disconnect();
    // Each line for itself: by default librdkafka stays with a partition for some milliseconds, and a quick run meets only a few.
    await kcat(broker.bootstrapServer, ["-P", "-t", "twelve", "-z", "lz4", "-X", "sticky.partitioning.linger.ms=0"], {
      input: { file },
    });

    const read = await kcat(broker.bootstrapServer, [
      "-C",
      "-q",
      "-t",
      "twelve",
      "-o",
      "beginning",
      "-e",
      "-f",
      "%p %o %s\n",
    ]);

    const rows = read.stdout.toString("utf8").trimEnd().split("\n").map(asRow);
    expect(rows.map((row) => row.line).toSorted()).toEqual(text.toString("utf8").trimEnd().split("\n").toSorted());
    for (const partition of new Set(rows.map((row) => row.partition))) {
      const own = rows.filter((row) => row.partition === partition);
      expect(own.map((row) => row.offset)).toEqual(own.map((_, i) => i));
      expect(own.map((row) => lineNumber(row.line))).toEqual(
        own.map((row) => lineNumber(row.line)).toSorted((a, b) => a - b),
      );
    }
    expect(new Set(rows.map((row) => row.partition)).size).toBe(12);
  });

  it("lists the cluster, and finds offsets by time", async () => {
    const listed = await kcat(broker.bootstrapServer, ["-L"]);
    expect(listed.stdout.toString()).toContain(`broker 1 at ${broker.bootstrapServer} (controller)`);
    expect(listed.stdout.toString()).toContain('topic "lines-none" with 1 partitions');

    const queried = await kcat(broker.bootstrapServer, ["-Q", "-t", "lines-none:0:0", "-t", "lines-gzip:0:-1"]);
    expect(queried.stdout.toString()).toContain("lines-none [0] offset 0");
    expect(queried.stdout.toString()).toContain(`lines-gzip [0] offset ${LINES}`);
  });
});

function asRow(row: string): { partition: number; offset: number; line: string } {
  const [partition = "", offset = ""] = row.split(" ", 2);
  return {
    partition: Number(partition),
    offset: Number(offset),
    line: row.slice(partition.length + offset.length + 2),
  };
}

const lineNumber = (line: string): number => Number(line.slice(line.lastIndexOf("#") + 1));
