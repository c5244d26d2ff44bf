import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compressionReady, decodeRecords, produce, scanBatches } from "@ottla/protocol";
import { ServingPartitions } from "../testing/serving-partitions";

/** Batches that were produced to Apache Kafka 3.9.1 (fixtures/produce/README.md), produced to us. */
interface RecordedCase {
  readonly name: string;
  readonly topic: Readonly<Record<string, string>>;
  readonly input: string;
  readonly broker: {
    readonly produceVersion: number;
    readonly transactionalId: string | null;
    readonly errorName: string;
    readonly errorMessage: string | null;
    readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string | null }[];
    readonly baseOffset: number;
    readonly logAppendTime: number;
    readonly logStartOffset: number;
    readonly log: string | null;
  };
}

const { cases } = JSON.parse(
  gunzipSync(readFileSync(join(__dirname, "../../fixtures/produce/append.json.gz"))).toString("utf8"),
) as { readonly cases: readonly RecordedCase[] };

/** Where we answer otherwise, by the beginning of the case's name. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "magic-": "record formats before 2 are refused, where Kafka converts them",
  "transactional-recompressed": "transactions are not served yet",
};

const tally = { played: 0, equal: 0, listed: 0 };
beforeAll(compressionReady);
afterAll(() => void process.stdout.write(`golden append at the broker: ${JSON.stringify(tally)}\n`));

describe("a Produce request that Kafka 3.9.1 answered", () => {
  it.each(cases.map((recorded) => [recorded.name, recorded] as const))("%s", async (name, recorded) => {
    const broker = await ServingPartitions.open();
    // Kafka's messages name the partition.
    const topic = /topic partition (\w+)-0/.exec(recorded.broker.errorMessage ?? "")?.[1] ?? "t";
    broker.topic(topic, { configs: { ...recorded.topic } });
    const answer = await broker.ask(produce, recorded.broker.produceVersion, {
      transactionalId: recorded.broker.transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: [Buffer.from(recorded.input, "hex")] }] }],
    });
    const ours = answer.responses[0]?.partitionResponses[0];
    const log = broker.disk.readFile(`/data/logs/${topic}-0/00000000000000000000.log`);
    await broker.close();
    tally.played++;
    if (Object.keys(DIFFERENCES).some((beginning) => name.startsWith(beginning))) {
      tally.listed++;
      expect([ours?.errorCode, log.length]).not.toEqual(["NONE", recorded.broker.log?.length]);
      return;
    }
    const theirs = recorded.broker;
    expect({
      error: ours?.errorCode,
      message: ours?.errorMessage,
      recordErrors: ours?.recordErrors.map((one) => [one.batchIndex, one.batchIndexErrorMessage]),
      baseOffset: Number(ours?.baseOffset),
      hasAppendTime: ours?.logAppendTimeMs !== -1n,
      logStartOffset: Number(ours?.logStartOffset),
      log: contentOf(log),
    }).toEqual({
      error: theirs.errorName,
      message: theirs.errorMessage,
      recordErrors: theirs.recordErrors.map((one) => [one.batchIndex, one.message]),
      baseOffset: theirs.baseOffset,
      hasAppendTime: theirs.logAppendTime !== -1,
      logStartOffset: theirs.logStartOffset,
      log: contentOf(Buffer.from(theirs.log ?? "", "hex")),
    });
    tally.equal++;
  });
});

/** What a log holds, without the time of day and the bytes a codec chose. */
function contentOf(log: Buffer): unknown[] {
  return scanBatches(log).batches.map((batch) => {
    const byClock = batch.timestampType === "LogAppendTime";
    return {
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      leaderEpoch: batch.partitionLeaderEpoch,
      attributes: batch.attributes,
      isCrcValid: batch.isCrcValid(),
      maxTimestamp: byClock ? "the clock's" : batch.maxTimestamp,
      producer: [batch.producerId, batch.producerEpoch, batch.baseSequence],
      records: decodeRecords(batch).map((record) => [
        record.offset,
        byClock ? "the clock's" : record.timestamp,
        record.key?.toString("hex"),
        record.value?.toString("hex"),
        record.headers.map(([key, value]) => [key, value?.toString("hex")]),
      ]),
    };
  });
}
