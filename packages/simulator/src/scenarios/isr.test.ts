import { attack } from "./attack";
import type { Stage } from "./stage";

/** A controller that holds no replica, so that it can be cut off or killed without touching the partition. */
const controllerApart = { brokers: 4 };

/** G is killed, leaves the ISR, and comes back: its way into the ISR begins. */
async function takeOutAndStart(stage: Stage, id: number): Promise<void> {
  stage.cluster.kill(id);
  await stage.untilState(`${id} has left the ISR`, ({ isr }) => !isr.includes(id));
  stage.cluster.boot(id);
}

describe("ISR changes whose news get lost", () => {
  attack(
    "expand-then-elect",
    "G's expansion is written, the reply lost, L dies, G is elected: L's HW had waited for G",
    controllerApart,
    async (stage) => {
      const { cluster, L, F, G, C } = stage;
      await stage.write(10);
      await takeOutAndStart(stage, G);
      await stage.untilState("G's expansion is written", ({ isr }) => isr.includes(G));
      cluster.network.cutOneWay(C, L);
      cluster.network.cutOneWay(L, G);
      expect(stage.at(L).leader?.proposal).not.toBeNull();
      const before = stage.at(L).log.highWatermark;
      const sends = Array.from({ length: 10 }, () => stage.send());
      await cluster.run(500);
      expect(stage.at(L).log.logEndOffset).toBe(before + 10);
      expect(stage.at(F).log.logEndOffset).toBe(before + 10);
      expect(stage.at(L).log.highWatermark).toBe(before);
      cluster.kill(L, F);
      await stage.untilState("G leads", ({ leader }) => leader === G);
      cluster.network.healAll();
      await cluster.restart(L, F);
      await cluster.done(Promise.all(sends));
    },
  );

  attack(
    "stuck-pending",
    "the reply is lost, the controller changes, same LE, higher PE: adopted, and the next proposal works",
    controllerApart,
    async (stage) => {
      const { cluster, L, G, C } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      await takeOutAndStart(stage, G);
      await stage.untilState("G's expansion is written", ({ isr }) => isr.includes(G));
      cluster.network.cutOneWay(C, L);
      expect(stage.at(L).leader?.proposal).not.toBeNull();
      cluster.kill(C);
      await cluster.until("another one controls", () => cluster.controllerId !== C && cluster.controllerId !== null);
      await cluster.until("L has adopted it", () => stage.at(L).leader?.proposal === null);
      expect(stage.leaderEpoch).toBe(before);
      await takeOutAndStart(stage, G);
      await stage.untilState("the next proposal works", ({ isr }) => isr.includes(G));
      expect(stage.leaderEpoch).toBe(before);
      await stage.write(10);
    },
  );

  attack(
    "controller-removes-follower",
    "G is gone while L has an expansion pending: PE + 1, same LE, adopted; a waiting produce completes",
    { ...controllerApart, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L, F, G, C } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      const fencedBefore = [...cluster.log.lines()].filter((line) => line.includes("FENCED")).length;
      await takeOutAndStart(stage, F);
      await cluster.until("L proposes F", () => stage.at(L).leader?.proposal != null);
      // The proposal is under way, and stays so.
      cluster.network.cutOneWay(L, C);
      cluster.network.cutOneWay(L, G);
      const waiting = stage.send();
      await cluster.run(50);
      const waitsFor = stage.at(L).log.logEndOffset;
      expect(stage.at(L).log.highWatermark).toBeLessThan(waitsFor);
      cluster.kill(G);
      expect(await cluster.done(waiting)).toMatchObject({ kind: "acked" });
      expect(stage.state.isr).not.toContain(G);
      expect(stage.leaderEpoch).toBe(before);
      cluster.network.healAll();
      await stage.untilState("F is in", ({ isr }) => isr.includes(F));
      expect([...cluster.log.lines()].filter((line) => line.includes("FENCED"))).toHaveLength(fencedBefore);
    },
  );
});

describe("clocks of the ISR", () => {
  attack(
    "idle-then-one-record",
    "the timer that shrinks fires between append and acknowledgement after a long idle time: the ISR stays",
    { configs: { "replica.lag.time.max.ms": "2000" } },
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(5);
      for (const id of cluster.ids) if (id !== L) cluster.network.setDelay(id, L, 30, 10);
      const writes = () =>
        cluster.zooKeeper.transactions.filter(({ operations }) =>
          operations.some(({ path }) => path.endsWith("/state")),
        ).length;
      const before = writes();
      await cluster.run(600_000);
      // The check comes every half of the limit: writes at all its phases.
      for (let phaseMs = 0; phaseMs < 1000; phaseMs += 37) {
        await stage.write(1);
        await cluster.run(4000 + phaseMs - (phaseMs % 7));
      }
      expect(writes()).toBe(before);
    },
  );

  attack(
    "lagging-isr-candidate",
    "L is gone, only F is left, in the ISR and far behind LEO: F leads, and has all that was ever called committed",
    { ...controllerApart, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(10);
      cluster.network.cutOneWay(L, F);
      for (let i = 0; i < 100; i++) {
        void stage.send({ acks: 1, from: "hasty" });
        await cluster.run(2);
      }
      const committed = stage.at(L).log.highWatermark;
      expect(stage.at(L).log.logEndOffset).toBeGreaterThan(committed + 50);
      expect(stage.at(F).log.logEndOffset).toBeLessThan(stage.at(L).log.logEndOffset);
      cluster.kill(L, G);
      await stage.untilState("F leads", ({ leader }) => leader === F);
      await cluster.until("F knows", () => stage.at(F).leader !== null);
      expect(stage.at(F).log.logEndOffset).toBeGreaterThanOrEqual(committed);
      await stage.write(10);
    },
  );
});
