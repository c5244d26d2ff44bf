import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BatchView,
  type CompressionCodec,
  compressionReady,
  decodeRecords,
  patchBaseOffset,
  patchLeaderEpoch,
  type TimestampType,
} from "@ottla/protocol";
import { type ProduceValidation, validateProducedBatch } from "./index";

/** What a Kafka 3.9.1 leader made of produced bytes (fixtures/append.json): its validator's output, and a real broker's answer and log. */
interface GoldenCase {
  readonly name: string;
  readonly topic: Readonly<Record<string, string>>;
  readonly input: string;
  readonly output?: string;
  readonly records?: readonly [number, number][];
  readonly maxTimestamp?: number;
  readonly errorName?: string;
  readonly message?: string | null;
  readonly recordErrors?: readonly { batchIndex: number; message: string }[] | null;
  readonly broker: {
    readonly produceVersion: number;
    readonly errorName: string;
    readonly errorMessage?: string | null;
    readonly recordErrors?: readonly { batchIndex: number; message: string }[];
  } | null;
}

interface Golden {
  readonly now: number;
  readonly firstOffset: number;
  readonly leaderEpoch: number;
  readonly cases: readonly GoldenCase[];
}

const golden = JSON.parse(readFileSync(join(__dirname, "../../fixtures/append.json"), "utf8")) as Golden;

const tally = {
  tried: 0,
  equalToTheByte: 0,
  equalInContent: 0,
  refusedAlike: 0,
  "listed difference: magic 0 and 1 are refused, where Kafka converts them; INVALID_RECORD from Produce 3 on is Kafka's answer too": 0,
  "listed difference: checked by the handler, which knows the transactional id, before this validation": 0,
};

beforeAll(compressionReady);
afterAll(() => console.log(`golden append: ${JSON.stringify(tally, null, 2)}`));

describe("a produced batch, judged as Kafka's leader judges it", () => {
  it("was recorded in 79 cases", () => {
    expect(golden.cases).toHaveLength(79);
  });

  it.each(golden.cases.map((recorded) => [recorded.name, recorded] as const))("%s", (name, recorded) => {
    tally.tried++;
    const partition = /in topic partition (\S+?)'/.exec(recorded.broker?.errorMessage ?? recorded.message ?? "")?.[1];
    const validate = (produceVersion: number) =>
      validateProducedBatch({
        records: [Buffer.from(recorded.input, "hex")],
        produceVersion,
        topicPartition: partition ?? "t-0",
        config: configOf(recorded.topic),
        nowMs: golden.now,
      });
    const answer = validate(recorded.broker?.produceVersion ?? 8);

    if (name.startsWith("magic-")) {
      tally[
        "listed difference: magic 0 and 1 are refused, where Kafka converts them; INVALID_RECORD from Produce 3 on is Kafka's answer too"
      ]++;
      expect(answer).toMatchObject({ kind: "refused", error: "UNSUPPORTED_FOR_MESSAGE_FORMAT" });
      expect(validate(3)).toMatchObject({ kind: "refused", error: "INVALID_RECORD" });
      return;
    }
    if (name === "transactional-without-producer-id") {
      tally["listed difference: checked by the handler, which knows the transactional id, before this validation"]++;
      expect(recorded.broker?.errorName).toBe("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
      checkAccepted(answer, recorded);
      return;
    }
    // Where validator and broker differ, the broker has checked something before: it is the one that clients meet.
    const error = recorded.broker?.errorName ?? recorded.errorName ?? "NONE";
    if (error === "NONE") return checkAccepted(answer, recorded, tally);
    tally.refusedAlike++;
    const [message, recordErrors] = recorded.broker
      ? [recorded.broker.errorMessage ?? null, recorded.broker.recordErrors ?? []]
      : [recorded.message ?? null, recorded.recordErrors ?? []];
    expect(answer).toEqual({ kind: "refused", error, message, recordErrors });
  });
});

function checkAccepted(answer: ProduceValidation, recorded: GoldenCase, counts?: typeof tally): void {
  expect(answer).toMatchObject({ kind: "accepted" });
  if (answer.kind !== "accepted") return;
  const batch = Buffer.from(answer.batch);
  patchBaseOffset(batch, 0, golden.firstOffset);
  patchLeaderEpoch(batch, 0, golden.leaderEpoch);
  const view = new BatchView(batch, 0);
  const kafkas = new BatchView(Buffer.from(recorded.output!, "hex"), 0);

  expect(view.isCrcValid()).toBe(true);
  expect(answer.info.maxTimestamp).toBe(recorded.maxTimestamp);
  const appendTime = recorded.topic["message.timestamp.type"] === "LogAppendTime" ? golden.now : -1;
  expect(answer.info.logAppendTime).toBe(appendTime);
  expect(decodeRecords(view).map((r) => [r.offset, r.timestamp])).toEqual(recorded.records);

  const toTheByte = batch.equals(kafkas.buffer);
  if (counts) counts[toTheByte ? "equalToTheByte" : "equalInContent"]++;
  if (toTheByte) return;
  // Two encoders of one codec need not agree on the bytes, so what they hold is compared, and every header field but size and CRC.
  expect(view.codec).not.toBe("none");
  expect(fieldsOf(view)).toEqual(fieldsOf(kafkas));
  expect(decodeRecords(view)).toEqual(decodeRecords(kafkas));
}

function fieldsOf(batch: BatchView): unknown[] {
  return [
    batch.attributes,
    batch.lastOffsetDelta,
    batch.baseTimestamp,
    batch.maxTimestamp,
    batch.producerId,
    batch.producerEpoch,
    batch.baseSequence,
    batch.recordCount,
  ];
}

function configOf(topic: GoldenCase["topic"]): Parameters<typeof validateProducedBatch>[0]["config"] {
  return {
    compressionType: topic["compression.type"] as CompressionCodec | "producer" | "uncompressed",
    timestampType: topic["message.timestamp.type"] as TimestampType,
    timestampBeforeMaxMs: Number(topic["message.timestamp.before.max.ms"]),
    timestampAfterMaxMs: Number(topic["message.timestamp.after.max.ms"]),
    maxMessageBytes: 1_048_588,
    isCompacted: topic["cleanup.policy"]!.includes("compact"),
  };
}
