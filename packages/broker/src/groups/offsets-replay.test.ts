import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BatchBuilder, type BatchView, buildEndTxnMarker, decodeRecords, scanBatches } from "@ottla/protocol";
import { silentLogger } from "@ottla/runtime";
import { decodeOffsetsRecord, groupRecord, offsetRecord } from "./offsets-records";
import { OffsetsReplay } from "./offsets-replay";

const FIXTURES = join(__dirname, "../../fixtures/groups");
const segments = readdirSync(FIXTURES)
  .filter((name) => name.endsWith(".log"))
  .sort();
const batches = segments.flatMap((name) => scanBatches(readFileSync(join(FIXTURES, name))).batches);

function replayOf(taken: readonly BatchView[]): OffsetsReplay {
  const replay = new OffsetsReplay(silentLogger);
  for (const batch of taken) replay.take(batch);
  return replay;
}

describe("what Apache Kafka wrote of its groups", () => {
  const { offsets, groups } = replayOf(batches);

  it("is found again: offsets of members, of those who only store them, and of a committed transaction", () => {
    const found = [...offsets].flatMap(([group, ofGroup]) =>
      Array.from(ofGroup.all(), ({ topic, partition, committed }) => [
        `${group} ${topic}-${partition}`,
        committed.offset,
        committed.leaderEpoch,
        committed.metadata,
      ]),
    );
    expect(found.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ["group-dynamic plain-0", 7, 0, "some metadata"],
      ["group-dynamic txn-0", 26, 0, ""],
      ["group-simple epochs-0", 1, -1, ""],
      ["group-simple plain-0", 42, -1, ""],
      ["group-static plain-0", 7, 0, "some metadata"],
      ["group-static txn-0", 26, 0, ""],
      ["group-txn plain-0", 100, -1, "txn 0"],
    ]);
  });

  it("has groups with their members and assignments, and not what was deleted", () => {
    expect([...groups.keys()].toSorted()).toEqual(["group-dynamic", "group-static"]);
    expect(groups.get("group-dynamic")).toMatchObject({ generation: 2, protocolName: null, members: [] });
    expect(groups.get("group-static")).toMatchObject({
      generation: 1,
      protocolName: "range",
      stateSinceMs: 1795343759307,
      members: [
        {
          groupInstanceId: "instance-1",
          clientId: "c-group-static",
          clientHost: "/127.0.0.1",
          rebalanceTimeoutMs: 300_000,
          sessionTimeoutMs: 45_000,
        },
      ],
    });
  });

  it("is what we write for the same, to the byte", () => {
    let compared = 0;
    for (const batch of batches) {
      if (batch.isControl) continue;
      for (const { key, value, timestamp } of decodeRecords(batch)) {
        const decoded = decodeOffsetsRecord({ key, value });
        if (decoded.kind === "unknown") throw new Error("Kafka 3.9 writes nothing unknown");
        const ours =
          decoded.kind === "offset"
            ? offsetRecord(decoded.group, decoded.at, decoded.committed, timestamp)
            : groupRecord(decoded.group, decoded.record, timestamp);
        expect({ key: ours.key, value: ours.value }).toEqual({ key, value });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });
});

describe("a transaction's offsets", () => {
  const pending = (offset: number, baseOffset: number) => {
    const builder = new BatchBuilder({
      producerId: 9n,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
      baseOffset,
    });
    const committed = { offset, leaderEpoch: -1, metadata: "", commitTimestampMs: 1, expireTimestampMs: null };
    builder.append(offsetRecord("g", { topic: "t", partition: 0 }, committed, 1));
    return scanBatches(builder.build()).batches;
  };
  const marker = (type: "COMMIT" | "ABORT") =>
    scanBatches(buildEndTxnMarker({ type, coordinatorEpoch: 0, producerId: 9n, producerEpoch: 0, timestamp: 1 }))
      .batches;

  it("count from its commit on, are forgotten when it is aborted, and are undecided until then", () => {
    const open = replayOf([...pending(5, 0)]).offsets.get("g");
    expect([open?.get("t", 0), open?.transactional.has("t", 0)]).toEqual([undefined, true]);
    const committed = replayOf([...pending(5, 0), ...marker("COMMIT")]).offsets.get("g");
    expect([committed?.get("t", 0)?.offset, committed?.transactional.has("t", 0)]).toEqual([5, false]);
    const aborted = replayOf([...pending(5, 0), ...marker("ABORT")]).offsets.get("g");
    expect([aborted?.get("t", 0), aborted?.transactional.has("t", 0)]).toEqual([undefined, false]);
  });
});
