import { attack } from "./attack";
import type { Stage } from "./stage";

/** Flips a bit in the first segment of a broker's log that is closed, under its feet. */
function flipBit(stage: Stage, brokerId: number, at: number): void {
  const { cluster, monitor, topic } = stage;
  const directory = `/data/logs/${topic}-0`;
  const disk = cluster.disk(brokerId);
  const path = `${directory}/${disk.list(directory).find((name) => name.endsWith(".log")) ?? ""}`;
  disk.corrupt(path, at, Buffer.of((disk.readFile(path)[at] ?? 0) ^ 1));
  monitor.damagedDisk(brokerId);
}

/** A partition with closed segments on every replica, in brokers that read their logs through each second. */
const CLOSED_SEGMENTS = {
  topicConfigs: { "segment.bytes": "14000" },
  configs: { "ottla.log.scrub.interval.ms": "1000" },
};

async function closeSegments(stage: Stage): Promise<void> {
  await stage.write(200);
  await stage.cluster.until("a segment is closed everywhere", () =>
    stage.replicas.every((id) => stage.at(id).log.segmentCount > 1),
  );
}

describe("bits that flip while everything runs", () => {
  attack(
    "bitflip-leader",
    "a bit flips in L's closed segment: another replica leads, and L is whole again",
    CLOSED_SEGMENTS,
    async (stage) => {
      await closeSegments(stage);
      const { L } = stage;
      flipBit(stage, L, 5000);
      await stage.write(20);
      await stage.untilState("another leads", ({ leader }) => leader !== L && leader >= 0);
      await stage.write(20);
      await stage.untilState("all are in sync", ({ isr }) => isr.length === 3);
    },
  );

  attack(
    "bitflip-follower-then-failover",
    "a bit flips in G's closed segment, found while L is killed: nothing acknowledged is lost",
    CLOSED_SEGMENTS,
    async (stage) => {
      await closeSegments(stage);
      const { cluster, L, G } = stage;
      flipBit(stage, G, 5000);
      await stage.untilState("G is out", ({ isr }) => !isr.includes(G));
      cluster.kill(L);
      await stage.write(20);
      cluster.boot(L);
      await stage.untilState("all are in sync", ({ isr }) => isr.length === 3);
    },
  );

  attack(
    "bitflip-controller-gone",
    "a bit flips in G's closed segment, and the controller is killed before it can say so: the next one takes G out",
    { ...CLOSED_SEGMENTS, brokers: 4 },
    async (stage) => {
      await closeSegments(stage);
      const { cluster, C, L, F, G } = stage;
      const victim = [G, F, L].find((id) => id !== C) ?? G;
      flipBit(stage, victim, 5000);
      cluster.kill(C);
      await stage.untilState("it has been out, and is back", ({ isr }) => !isr.includes(victim));
      cluster.boot(C);
      await stage.write(20);
      await stage.untilState("all are in sync", ({ isr }) => isr.length === 3);
    },
  );
});
