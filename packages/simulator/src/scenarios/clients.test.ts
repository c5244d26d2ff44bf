import { BatchBuilder, initProducerId, produce } from "@ottla/protocol";
import { encodeValue } from "../workload/record-value";
import { attack } from "./attack";
import { LOAD_TOPIC, type Stage } from "./stage";

/** Followers' words do not reach L any more: what it appends stays unanswered. */
function muteFollowers(stage: Stage): void {
  for (const id of stage.replicas) if (id !== stage.L) stage.cluster.network.cutOneWay(id, stage.L);
}

/** Sends records one by one, so that each is a batch of its own, and does not wait for answers. */
async function sendSpaced(stage: Stage, count: number) {
  const sends = [];
  for (let i = 0; i < count; i++) {
    sends.push(stage.send());
    await stage.cluster.run(5);
  }
  return sends;
}

function expectInOrder(stage: Stage): void {
  const offsets = [...stage.acknowledged].toSorted(([one], [other]) => one - other).map(([, offset]) => offset);
  expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
  expect(new Set(offsets).size).toBe(offsets.length);
}

describe("producers that pipeline", () => {
  attack(
    "pipelined-retry",
    "five in flight, appended, the connection breaks, L dies, they are retried: once and in order",
    {},
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(5);
      const end = stage.at(L).log.logEndOffset;
      for (const id of stage.replicas) if (id !== L) cluster.network.setDelay(id, L, 200);
      const sends = await sendSpaced(stage, 10);
      expect(stage.at(L).log.logEndOffset).toBe(end + 5);
      cluster.network.refuse("writer", L);
      await cluster.run(20);
      cluster.kill(L);
      cluster.network.heal("writer", L);
      const outcomes = await cluster.done(Promise.all(sends));
      expect(outcomes.filter(({ kind }) => kind === "failed")).toEqual([]);
      expectInOrder(stage);
    },
  );

  for (const how of ["kill -9", "SIGTERM"] as const)
    attack(
      `window-after-crash (${how})`,
      "five appended and unanswered, all brokers stop and come back, they are retried: known again, once and in order",
      {},
      async (stage) => {
        const { cluster, L } = stage;
        await stage.write(5);
        const end = stage.at(L).log.logEndOffset;
        muteFollowers(stage);
        const sends = await sendSpaced(stage, 5);
        expect(stage.at(L).log.logEndOffset).toBe(end + 5);
        if (how === "kill -9") cluster.kill(...cluster.ids);
        else await cluster.stop(...cluster.ids);
        cluster.network.healAll();
        await cluster.restart(...cluster.ids);
        const outcomes = await cluster.done(Promise.all(sends));
        expect(outcomes.filter(({ kind }) => kind === "failed")).toEqual([]);
        expectInOrder(stage);
        expect(stage.at(stage.state.leader).log.logEndOffset).toBe(end + 5);
      },
    );

  attack("pipelined-six", "a client with ten in flight: five are read, none is out of order", {}, async (stage) => {
    const { cluster, L, topic } = stage;
    const wire = await cluster.done(cluster.client("impatient").wire(L));
    const { producerId, producerEpoch } = await cluster.done(
      wire.request(initProducerId, 1, { transactionalId: null, transactionTimeoutMs: 0 }),
    );
    muteFollowers(stage);
    const answers = Array.from({ length: 10 }, (_, baseSequence) => {
      const builder = new BatchBuilder({ producerId, producerEpoch, baseSequence });
      builder.append({ timestamp: cluster.world.clock.nowMs(), key: null, value: encodeValue(100_000 + baseSequence) });
      const topicData = [{ name: topic, partitionData: [{ index: 0, records: [builder.build()] }] }];
      return wire.request(produce, 9, { acks: -1, timeoutMs: 20_000, topicData });
    });
    await cluster.run(500);
    expect(stage.at(L).log.logEndOffset).toBe(5);
    cluster.network.healAll();
    const outcomes = (await cluster.done(Promise.all(answers))).map(
      ({ responses }) => responses[0]?.partitionResponses[0],
    );
    expect(outcomes.map((outcome) => outcome?.errorCode)).toEqual(Array.from({ length: 10 }, () => "NONE"));
    expect(outcomes.map((outcome) => Number(outcome?.baseOffset))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("clusters with little", () => {
  attack(
    "rf1-restart",
    "the only replica's broker is bounced: the same log, LE + 1",
    { replicationFactor: 1 },
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      cluster.kill(L);
      await cluster.restart(L);
      await stage.write(10);
      expect(stage.leaderEpoch).toBe(before + 1);
      expect(stage.at(L).log.logEndOffset).toBe(20);
    },
  );

  attack(
    "two-broker-kill",
    "two brokers, min ISR 1, one is killed: the survivor leads within 1 s",
    { brokers: 2, replicationFactor: 2, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(10);
      cluster.kill(L);
      expect(await stage.untilState("the survivor leads", ({ leader }) => leader !== L)).toBeLessThan(1000);
      await stage.write(10);
    },
  );

  attack(
    "rolling-restart",
    "SIGTERM to each in turn under load that is not idempotent: no error at default retries, no duplicate",
    {},
    async (stage) => {
      const { cluster } = stage;
      await stage.makeLoadTopic();
      const load = stage.startLoad({ settings: "default", sendsPerSecond: 50 });
      await cluster.run(1000);
      for (const id of cluster.ids) {
        await cluster.stop(id);
        await cluster.restart(id);
        await cluster.until("it is whole", () => cluster.isWhole);
        await cluster.run(500);
      }
      const failed = load.history.filter(
        (event) => "f" in event && event.f === "send" && event.type !== "invoke" && event.type !== "ok",
      );
      expect(failed).toEqual([]);
      const offsets = new Map<string, number>();
      for (const event of load.history) {
        if (event.type !== "ok" || event.f !== "poll") continue;
        for (const [offset, value] of event.records[`${LOAD_TOPIC}-0`] ?? []) {
          expect(offsets.get(String(value)) ?? offset).toBe(offset);
          offsets.set(String(value), offset);
        }
      }
      expect(offsets.size).toBeGreaterThan(100);
    },
  );
});
