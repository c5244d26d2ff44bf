import { attack } from "./attack";

const machines = { configs: {}, topicConfigs: {} };

describe("brokers that are killed and come back", () => {
  attack(
    "controller-restarts-fast",
    "a controller within 1 s, though the session of the old one lasts 18 s",
    machines,
    async (stage) => {
      const { cluster, C } = stage;
      await stage.write(10);
      cluster.kill(C);
      await cluster.run(300);
      cluster.boot(C);
      const tookMs = await cluster.until(
        "somebody controls",
        () => cluster.controllerId !== null && cluster.serves(cluster.controllerId),
      );
      expect(tookMs).toBeLessThan(1000);
      await stage.write(10);
    },
  );

  attack("leader-restarts-fast", "a new leader epoch: it never leads in the old one", machines, async (stage) => {
    const { cluster, L } = stage;
    await stage.write(10);
    const before = stage.leaderEpoch;
    cluster.kill(L);
    cluster.boot(L);
    await stage.write(10);
    expect(stage.leaderEpoch).toBeGreaterThan(before);
  });

  attack(
    "leader-and-controller-restart",
    "both come back before a new controller loads: LE + 1, bytes equal",
    machines,
    async (stage) => {
      const { cluster, L, C } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      cluster.kill(L, C);
      cluster.boot(L, C);
      await stage.write(10);
      expect(stage.leaderEpoch).toBeGreaterThan(before);
    },
  );

  attack(
    "two-of-three-killed",
    "one machine, min ISR 1: the survivor leads at once, by proof",
    { oneMachine: true, topicConfigs: { "min.insync.replicas": "1" } },
    async (stage) => {
      const { cluster, L, F, C } = stage;
      await stage.write(10);
      const [one, other] = [L, L === C ? F : C];
      cluster.kill(one, other);
      const tookMs = await stage.write(1);
      expect(tookMs).toBeLessThan(2000);
      expect(stage.state.leader).not.toBe(one);
    },
  );
});

describe("sessions and the ensemble", () => {
  attack("all-sessions-expire", "new broker epochs, LE + 1, ISR = replicas within 30 s", machines, async (stage) => {
    const { cluster } = stage;
    await stage.makeLoadTopic();
    stage.startLoad();
    await cluster.run(1000);
    const before = stage.leaderEpoch;
    cluster.zooKeeper.expireAll();
    await stage.untilState("a new epoch begins", ({ leader_epoch }) => leader_epoch > before);
    await cluster.until("the ISR is whole again", () => cluster.isWhole, 30_000);
    await stage.write(10);
  });

  attack(
    "acks-all-zookeeper-out",
    "produce goes on while the quorum is lost for 60 s; no stale takeover after",
    machines,
    async (stage) => {
      const { cluster } = stage;
      await stage.makeLoadTopic();
      const load = stage.startLoad({ sendsPerSecond: 20, producers: 1 });
      await cluster.run(1000);
      const [controllerEpoch, leaderEpoch] = [Number(cluster.zooKeeper.read("/controller_epoch")), stage.leaderEpoch];
      cluster.zooKeeper.loseQuorum();
      for (let second = 0; second < 60; second += 5) {
        const before = load.acknowledged;
        await cluster.run(5000);
        expect(load.acknowledged).toBeGreaterThan(before + 20);
      }
      cluster.zooKeeper.regainQuorum();
      await cluster.run(5000);
      // The controller gave up its duty after a session timeout without ZooKeeper: who takes it over does so once, and moves no leader.
      expect(Number(cluster.zooKeeper.read("/controller_epoch"))).toBeLessThanOrEqual(controllerEpoch + 1);
      expect(stage.leaderEpoch).toBe(leaderEpoch);
    },
  );
});
