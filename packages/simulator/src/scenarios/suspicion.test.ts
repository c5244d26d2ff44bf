import { attack } from "./attack";
import type { Stage } from "./stage";

/** `ottla.controller.suspect.timeout.ms`: how long silence must last before it counts. */
const GRACE_MS = 2000;
/** Until a connection on which nothing arrives is given up. */
const KEEPALIVE_MS = 3000;
const TEN_MINUTES_MS = 600_000;

const controllerEpoch = ({ cluster }: Stage): number => Number(cluster.zooKeeper.read("/controller_epoch"));

describe("a leader that the controller alone does not reach", () => {
  for (const how of ["dropped", "refused"] as const)
    attack(
      `suspect-alive-acks1 (${how})`,
      "once it misses the controller it refuses acks=1 within the grace and one read of ZooKeeper: what can be lost ends there",
      {},
      async (stage) => {
        const { cluster, L, C } = stage;
        await stage.write(10, { acks: 1, from: "at-the-old-leader" });
        const before = stage.leaderEpoch;
        if (how === "dropped") cluster.network.cut(L, C);
        else cluster.network.refuse(L, C);
        // This client sees only the old leader: nobody can tell it of another one.
        for (const id of cluster.ids) if (id !== L) cluster.network.cut("at-the-old-leader", id);
        const cutMs = cluster.nowMs;
        let lastAckMs = cutMs;
        while (cluster.nowMs < cutMs + 12_000) {
          const sent = await cluster.done(stage.send({ acks: 1, from: "at-the-old-leader", timeoutMs: 200 }));
          if (sent.kind === "acked") lastAckMs = cluster.nowMs;
          await cluster.run(50);
        }
        expect(stage.state.leader).not.toBe(L);
        expect(stage.leaderEpoch).toBeGreaterThan(before);
        expect(lastAckMs - cutMs).toBeLessThan((how === "dropped" ? KEEPALIVE_MS : 0) + GRACE_MS + 500);
      },
    );

  attack(
    "suspect-alive-acksall",
    "two leaders never both acknowledge, min ISR 1 or not: the old one's high watermark stands",
    { topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L, C } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      cluster.network.cut(L, C);
      for (const id of cluster.ids) if (id !== L) cluster.network.cut("at-the-old-leader", id);
      const stale: Promise<unknown>[] = [];
      for (let i = 0; i < 160; i++) {
        stale.push(stage.send({ from: "at-the-old-leader", timeoutMs: 20_000 }));
        await cluster.run(50);
      }
      expect(stage.leaderEpoch).toBeGreaterThan(before);
      const replica = stage.at(L);
      const stands = replica.log.highWatermark;
      await stage.write(20, { from: "elsewhere" });
      if (stage.at(L).leader?.leaderEpoch === before) expect(replica.log.highWatermark).toBe(stands);
      cluster.network.healAll();
      await cluster.done(Promise.all(stale));
    },
  );
});

describe("a controller that loses its brokers", () => {
  for (const how of ["dropped", "refused"] as const)
    attack(`isolated-controller (${how})`, "it changes nothing; the others depose it once", {}, async (stage) => {
      const { cluster, C } = stage;
      await stage.write(10);
      const before = controllerEpoch(stage);
      const written = cluster.zooKeeper.transactions.length;
      for (const id of cluster.ids) {
        if (id === C) continue;
        if (how === "dropped") cluster.network.cut(C, id);
        else cluster.network.refuse(C, id);
      }
      await cluster.until("another one controls", () => controllerEpoch(stage) > before, 30_000);
      await cluster.run(30_000);
      expect(controllerEpoch(stage)).toBe(before + 1);
      expect(cluster.controllerId).not.toBe(C);
      // Nothing of the deposed one's doing is a change of a leader or of an ISR.
      const byC = cluster.zooKeeper.transactions
        .slice(written)
        .filter(
          ({ by, operations }) =>
            by.startsWith(`broker-${C}/`) && operations.some(({ path }) => path.endsWith("/state")),
        );
      expect(byC).toEqual([]);
    });

  attack(
    "triangle-cut",
    "ten minutes: one controller, B2 without leaderships and ISRs, at most one election for each partition",
    {},
    async (stage) => {
      const { cluster, C, L } = stage;
      await stage.write(10);
      const before = { controller: controllerEpoch(stage), leader: stage.leaderEpoch };
      cluster.network.cut(C, L);
      await cluster.run(TEN_MINUTES_MS);
      expect(controllerEpoch(stage)).toBe(before.controller);
      expect(stage.state.isr).not.toContain(L);
      expect(stage.leaderEpoch).toBeLessThanOrEqual(before.leader + 1);
      await stage.write(10);
    },
  );

  attack(
    "mutual-refusal-two-brokers",
    "one takeover, no ping-pong; it heals",
    { brokers: 2, replicationFactor: 2, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, C } = stage;
      await stage.write(10);
      const before = controllerEpoch(stage);
      cluster.network.refuse(1, 2);
      await cluster.run(120_000);
      expect(controllerEpoch(stage)).toBeLessThanOrEqual(before + 1);
      expect([C, 3 - C]).toContain(cluster.controllerId);
    },
  );

  attack(
    "late-depose",
    "two take over the same epoch: the later one is refused, the earlier one stays",
    {},
    async (stage) => {
      const { cluster, C } = stage;
      await stage.write(10);
      const before = controllerEpoch(stage);
      // So slow that both have asked before either is answered.
      cluster.zooKeeper.setLatency(200);
      cluster.kill(C);
      await cluster.until("another one controls", () => controllerEpoch(stage) > before);
      const winner = cluster.controllerId;
      await cluster.run(20_000);
      expect(controllerEpoch(stage)).toBe(before + 1);
      expect(cluster.controllerId).toBe(winner);
      cluster.zooKeeper.setLatency(2);
      await stage.write(10);
    },
  );

  attack(
    "deposed-with-multi",
    "each write under way is wholly before the takeover, or refused; the new one reads all that passed",
    {},
    async (stage) => {
      const { cluster, C } = stage;
      const before = controllerEpoch(stage);
      cluster.zooKeeper.setLatency(100);
      const admin = cluster.admin();
      const made = Array.from({ length: 50 }, (_, i) =>
        admin.createTopics([{ name: `t${i}`, partitions: 1, replicationFactor: 3 }]).catch(() => null),
      );
      await cluster.run(150);
      for (const id of cluster.ids) if (id !== C) cluster.network.refuse(C, id);
      await cluster.until("another one controls", () => controllerEpoch(stage) > before, 60_000);
      cluster.network.healAll();
      cluster.zooKeeper.setLatency(2);
      await cluster.done(Promise.all(made), 120_000);
      await cluster.until("all that was made is whole", () => cluster.isWhole, 60_000);
    },
  );

  attack(
    "paused-controller-wakes",
    "it stood still for 15 s, its timers fire before its sockets are read: it suspects nobody",
    {},
    async (stage) => {
      const { cluster, C } = stage;
      await stage.write(10);
      const before = { controller: controllerEpoch(stage), leader: stage.leaderEpoch };
      cluster.pause(C);
      await cluster.run(15_000);
      cluster.resume(C);
      await cluster.run(10_000);
      expect(controllerEpoch(stage)).toBe(before.controller);
      expect(stage.leaderEpoch).toBe(before.leader);
      expect([...stage.state.isr].toSorted((a, b) => a - b)).toEqual(cluster.ids);
    },
  );
});

describe("brokers that hang, die at once, or are alone", () => {
  attack("hung-broker", "stopped for 5 s: no election; past its session: its expiry decides", {}, async (stage) => {
    const { cluster, L } = stage;
    await stage.write(10);
    const before = stage.leaderEpoch;
    cluster.pause(L);
    await cluster.run(5000);
    expect(stage.leaderEpoch).toBe(before);
    cluster.resume(L);
    await stage.write(10);
    expect(stage.leaderEpoch).toBe(before);
    cluster.pause(L);
    const tookMs = await stage.untilState("another one leads", ({ leader }) => leader !== L);
    expect(tookMs).toBeGreaterThan(10_000);
    await stage.write(10);
    cluster.resume(L);
    await cluster.run(1000);
    await stage.write(10);
  });

  attack(
    "lone-suspect",
    "the only ISR member is suspected, unclean election allowed: the partition is not touched until its session expires",
    { topicConfigs: { "min.insync.replicas": "1", "unclean.leader.election.enable": "false" } },
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(10);
      cluster.kill(F === stage.C ? G : F);
      const first = F === stage.C ? G : F;
      const second = first === F ? G : F;
      await stage.untilState("it has left the ISR", ({ isr }) => !isr.includes(first));
      await cluster.restart(first);
      cluster.network.cut(L, first);
      cluster.network.cut(L, second);
      const state = JSON.stringify(stage.state);
      await cluster.run(10_000);
      if (JSON.parse(state).isr.length === 1) expect(JSON.stringify(stage.state)).toBe(state);
      expect(stage.state.leader).toBeGreaterThan(0);
    },
  );

  attack(
    "suspect-new-topic",
    "a topic made while L is suspected: L is neither its leader nor in its ISR",
    {},
    async (stage) => {
      const { cluster, L, C } = stage;
      cluster.network.cut(L, C);
      await stage.untilState("L is suspected", ({ isr }) => !isr.includes(L));
      const admin = cluster.client("operator-here").admin();
      cluster.network.cut("operator-here", L);
      await cluster.done(
        admin
          .createTopics([
            {
              name: "fresh",
              assignment: [
                [L, C],
                [C, L],
              ],
            },
          ])
          .then(([outcome]) => outcome?.error ?? null)
          .catch((e: unknown) => e),
      );
      await cluster.run(1000);
      for (const partition of [0, 1]) {
        const fresh = cluster.state("fresh", partition);
        expect(fresh?.leader).toBe(C);
        expect(fresh?.isr).toEqual([C]);
      }
    },
  );

  attack(
    "dead-candidate",
    "L and F die at once, F unnoticed: no epoch is spent on F",
    { brokers: 4, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L, F, G, C } = stage;
      expect([L, F, G]).not.toContain(C);
      await stage.write(10);
      const before = stage.leaderEpoch;
      cluster.kill(L, F);
      await stage.untilState("G leads", ({ leader }) => leader === G);
      expect(stage.leaderEpoch).toBe(before + 1);
      await stage.write(10);
    },
  );

  attack(
    "link-flap",
    "down 3 s, up 3 s, for ten minutes: moves of the leader are bounded by the hold-down",
    {},
    async (stage) => {
      const { cluster, C, L } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      for (let passedMs = 0; passedMs < TEN_MINUTES_MS; passedMs += 6000) {
        cluster.network.refuse(C, L);
        await cluster.run(3000);
        cluster.network.heal(C, L);
        await cluster.run(3000);
      }
      // 1, 2, 4, 8, 16, 32 s and then 60 s for each return: two moves for each.
      expect(stage.leaderEpoch - before).toBeLessThanOrEqual(2 * (6 + 10) + 2);
      expect(stage.leaderEpoch).toBeGreaterThan(before);
    },
  );
});
