import { SeededRandom, SimulatedClock, SimulatedDisk, silentLogger } from "@ottla/runtime";
import { BrokerConfig } from "../config/broker-config";
import { TopicConfigs } from "../config/topic-configs";
import { batchOf } from "../testing/produced-batches";
import { openLogDirectories } from "./log-directories";

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

describe("old records at a start, while ZooKeeper has not said what their topic's configs are", () => {
  const clock = new SimulatedClock();
  const disk = new SimulatedDisk({ nowMs: () => clock.nowMs() });
  const config = BrokerConfig.from([
    { key: "zookeeper.connect", value: "ensemble:2181", origin: "spec" },
    { key: "log.dirs", value: "/data/logs", origin: "spec" },
  ]);
  const open = async () => {
    const topicConfigs = new TopicConfigs(config);
    const machine = {
      hostName: "localhost",
      bootId: "boot",
      pidNamespace: null,
      pid: 1,
      startTime: null,
      hasEnded: () => Promise.resolve(false),
    };
    const directories = await openLogDirectories(
      { config, topicConfigs, machine, disk, clock, random: new SeededRandom(1), logger: silentLogger },
      new AbortController().signal,
    );
    return { directories, topicConfigs, directory: directories.logs[0]! };
  };

  it("stay, whatever the broker's own retention says, and go by the topic's once it is known", async () => {
    const first = await open();
    const made = first.directory.create("kept", 0, "A".repeat(22), first.topicConfigs.logConfig("kept"));
    made.startLeaderEpoch(0);
    made.appendAsLeader([{ batch: batchOf(["a"], { timestamp: clock.nowMs() }), info: { logAppendTime: -1 } }], 0);
    made.advanceHighWatermark(1);
    await first.directories.close();

    clock.advance(YEAR_MS);
    const second = await open();
    const log = second.directory.get("kept", 0)!;
    clock.advance(10 * MINUTE_MS);
    expect(log.logStartOffset).toBe(0);

    second.topicConfigs.setOverrides("kept", { "retention.ms": "1000" });
    log.updateConfig(second.topicConfigs.logConfig("kept"));
    second.directory.deleteOldSegments();
    expect(log.logStartOffset).toBe(1);
    await second.directories.close();
  });
});
