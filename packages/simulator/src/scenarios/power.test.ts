import { attack } from "./attack";
import type { Stage } from "./stage";

/** Says which lines of brokers' logs contain `text`. */
const logged = (stage: Stage, text: string): string[] =>
  [...stage.cluster.log.lines()].filter((line) => line.includes(text));

/** Kills a broker and waits until the ISR is without it. */
async function killAndShrink(stage: Stage, id: number): Promise<void> {
  stage.cluster.kill(id);
  await stage.untilState(`${id} has left the ISR`, ({ isr }) => !isr.includes(id));
}

describe("machines that lose power", () => {
  attack(
    "power-one",
    "L loses power with 20 records unflushed and is back in 1 s: F leads, L rejoins as a follower",
    {},
    async (stage) => {
      const { cluster, L } = stage;
      await stage.write(20);
      stage.losePower(L);
      await cluster.run(1000);
      cluster.boot(L);
      await stage.untilState("another one leads", ({ leader }) => leader !== L);
      await stage.untilState("L is back in the ISR", ({ isr }) => isr.includes(L));
      await stage.write(10);
    },
  );

  attack(
    "power-then-crash-loop",
    "power lost, restart, kill -9 before the controller confirmed, restart: still torn",
    {},
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(20);
      // Nobody confirms anything while the others are away.
      cluster.kill(F, G);
      stage.losePower(L);
      cluster.boot(L);
      await cluster.run(1000);
      cluster.kill(L);
      await cluster.run(100);
      cluster.boot(L);
      await cluster.run(1000);
      const opened = logged(stage, "opened log directory").filter((line) => line.includes(`broker-${L} `));
      expect(opened).toHaveLength(3);
      expect(opened.slice(1).every((line) => line.includes("condition=torn"))).toBe(true);
      expect(cluster.serves(L) && stage.at(L).leader !== null).toBe(false);
      await cluster.restart(F, G);
      await stage.write(10);
    },
  );

  attack(
    "last-replica-standing",
    "F and G killed, L loses power; F and G return, then L: F or G leads",
    {},
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(20);
      await killAndShrink(stage, F);
      await killAndShrink(stage, G);
      expect(stage.state.isr).toEqual([L]);
      stage.losePower(L);
      cluster.boot(F, G);
      await cluster.until("F and G serve or wait", () => cluster.running.length === 2);
      await cluster.run(25_000);
      expect([L, -1]).toContain(stage.state.leader);
      cluster.boot(L);
      await stage.untilState("F or G leads", ({ leader }) => leader === F || leader === G, 60_000);
      await stage.write(10);
    },
  );

  attack(
    "power-all",
    "all three torn: the greatest (epoch, LEO) leads once all are present, and that is reported",
    {},
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(20);
      stage.losePower(L, F, G);
      // Nothing was flushed anywhere: what is gone is gone, and says so.
      stage.forgiveLoss();
      cluster.boot(L, F);
      await cluster.run(30_000);
      expect(
        cluster.running.filter((id) => cluster.broker(id).services.partitions.get("play", 0)?.leader != null),
      ).toEqual([]);
      cluster.boot(G);
      await stage.untilState("somebody leads", ({ leader }) => leader > 0 && cluster.serves(leader), 60_000);
      await cluster.until("it is whole", () => cluster.isWhole, 60_000);
      // The writer from before remembers sequences that the cluster has lost.
      await stage.write(10, { from: "another writer" });
      expect(logged(stage, "torn").length).toBeGreaterThan(0);
    },
  );

  attack(
    "power-all, flushed",
    "with flush.messages=1 not even the loss of all machines loses what was acknowledged",
    { topicConfigs: { "flush.messages": "1" } },
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(20);
      stage.losePower(L, F, G);
      cluster.boot(L, F, G);
      await cluster.until("it is whole", () => cluster.running.length === 3 && cluster.isWhole, 60_000);
      await stage.write(10);
    },
  );

  attack(
    "empty-disk",
    "L killed, its directory wiped, restarted while no controller lives: torn, and never elected before the others",
    {},
    async (stage) => {
      const { cluster, L, F, G } = stage;
      await stage.write(20);
      cluster.kill(L, F, G);
      stage.wipeDisk(L);
      cluster.boot(L);
      await cluster.run(30_000);
      expect(cluster.serves(L) && stage.at(L).leader !== null).toBe(false);
      cluster.boot(F, G);
      await stage.untilState("F or G leads", ({ leader }) => leader === F || leader === G, 60_000);
      await stage.write(10);
    },
  );

  attack(
    "lost-tail-unnoticed",
    "a follower attaches with less than the high watermark and no mark of it: it is out at once, the HW stands",
    {},
    async (stage) => {
      const { cluster, L, G } = stage;
      await stage.write(20);
      const before = stage.at(L).log.highWatermark;
      cluster.kill(G);
      // Its file is cut short by a hand that leaves no trace, as a restored image would.
      const directory = `/data/logs/${stage.topic}-0`;
      const disk = cluster.disk(G);
      const segment = disk.list(directory).find((name) => name.endsWith(".log")) ?? "";
      const file = disk.open(`${directory}/${segment}`, "write");
      file.truncate(Math.floor(file.sizeBytes() / 2));
      file.close();
      stage.monitor.lostPower(G);
      cluster.boot(G);
      await stage.untilState("G is out", ({ isr }) => !isr.includes(G));
      expect(stage.at(L).log.highWatermark).toBeGreaterThanOrEqual(before);
      await stage.untilState("G has fetched it again", ({ isr }) => isr.includes(G));
    },
  );

  attack(
    "bitflip-below-hw",
    "a bit flips in G's closed segment, G is killed and restarted: torn, and fetched again",
    { topicConfigs: { "segment.bytes": "14000" } },
    async (stage) => {
      const { cluster, G } = stage;
      await stage.write(200);
      await cluster.until("G has closed a segment", () => stage.at(G).log.segmentCount > 1);
      cluster.kill(G);
      const directory = `/data/logs/${stage.topic}-0`;
      const disk = cluster.disk(G);
      const closed = disk.list(directory).find((name) => name.endsWith(".log")) ?? "";
      const path = `${directory}/${closed}`;
      const at = 5000;
      disk.corrupt(path, at, Buffer.of((disk.readFile(path)[at] ?? 0) ^ 1));
      stage.monitor.lostDisk(G);
      cluster.boot(G);
      await cluster.run(3000);
      await stage.write(10);
    },
  );
});
