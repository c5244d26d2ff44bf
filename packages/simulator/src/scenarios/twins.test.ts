import { attack } from "./attack";

describe("two processes and one directory", () => {
  attack(
    "two-processes-one-dir",
    "the first one paused, the second in another PID namespace: the second refuses",
    {},
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(10);
      const before = JSON.stringify(cluster.zooKeeper.read(`/brokers/ids/${L}`));
      cluster.pause(L);
      const twin = cluster.twin(L);
      await expect(cluster.done(twin.ready)).rejects.toMatchObject({ name: "DirectoryLocked" });
      expect(JSON.stringify(cluster.zooKeeper.read(`/brokers/ids/${L}`))).toBe(before);
      cluster.endTwin(twin);
      await cluster.run(1000);
      cluster.resume(L);
      await stage.write(10);
    },
  );

  attack(
    "dir-on-other-host",
    "the same directory under another boot id, the first one alive and registered: the second waits for its session, and replaces nothing",
    {},
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(10);
      const before = JSON.stringify(cluster.zooKeeper.read(`/brokers/ids/${L}`));
      // A volume that was copied, or is attached elsewhere too: no lock tells of the first one.
      const twin = cluster.twin(L, { bootId: "another machine", disk: "copied" });
      twin.ready.catch(() => undefined);
      await cluster.run(30_000);
      expect(twin.broker).toBeNull();
      expect(JSON.stringify(cluster.zooKeeper.read(`/brokers/ids/${L}`))).toBe(before);
      expect([...cluster.log.lines()].some((line) => line.includes("-twin") && line.includes("wait"))).toBe(true);
      // Its operator sees that, and ends it.
      cluster.endTwin(twin);
      await stage.write(10);
    },
  );

  attack(
    "replaced-but-alive",
    "a lock that fails: the registration is replaced under a live broker, which halts; its words are refused",
    {},
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(10);
      const before = stage.leaderEpoch;
      const halts = cluster.halts.length;
      const twin = cluster.twin(L, { disk: "shared, its lock fails" });
      twin.ready.catch(() => undefined);
      await cluster.until("the old one halts", () => cluster.halts.length > halts && !cluster.running.includes(L));
      expect(cluster.halts.at(-1)?.id).toBe(L);
      await stage.untilState("another epoch begins", ({ leader_epoch }) => leader_epoch > before);
      cluster.endTwin(twin);
      // Two processes had the directory open: what is in it is nobody's word any more.
      stage.monitor.lostDisk(L);
      stage.wipeDisk(L);
    },
  );
});
