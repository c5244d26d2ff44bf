import { type StartReport, startupBanner } from "./startup-banner";

const report: StartReport = {
  version: "1.2.3",
  brokerId: 1,
  clusterId: "Jy7cw8seR2mRIVo5gkSEzw",
  listeners: [
    { name: "IN", host: "", port: 9092 },
    { name: "OUT", host: "::1", port: 9093 },
  ],
  advertised: [
    { listener: "IN", host: "a.example", port: 9092, securityProtocol: "PLAINTEXT" },
    { listener: "OUT", host: "b.example", port: 19093, securityProtocol: "PLAINTEXT" },
  ],
  directories: [
    {
      path: "/data/a",
      partitions: 1,
      segments: 2,
      sizeBytes: 1_234_567,
      shutdown: "clean",
      recoveredPartitions: 0,
      bytesReread: 0,
      bytesCut: 0,
      tornReasons: [],
      tookMs: 12.4,
    },
    {
      path: "/data/b",
      partitions: 12,
      segments: 12,
      sizeBytes: 999,
      shutdown: "unclean",
      recoveredPartitions: 12,
      bytesReread: 23_900_000,
      bytesCut: 61,
      tornReasons: ["unknown boot id"],
      tookMs: 12_345,
    },
  ],
  unusableDirectories: [{ path: "/data/c", failure: new Error("mkdir /data/c: EIO") }],
  zookeeper: { connect: "zk:2181/ottla", sessionId: -1n, tookMs: 20 },
  controllerId: 1,
  tookMs: 300,
};

describe("the screen a broker starts with", () => {
  it("says what runs, where it listens, what it found on disk, and how long each took", () => {
    expect(startupBanner(report).split("\n")).toEqual([
      "Ottla 1.2.3",
      "  broker      1 (controller)",
      "  cluster     Jy7cw8seR2mRIVo5gkSEzw",
      "  listeners   IN on *:9092, advertised as a.example:9092",
      "              OUT on [::1]:9093, advertised as b.example:19093",
      "  logs        /data/a: 1 partition, 2 segments, 1.23 MB, closed cleanly (12 ms)",
      "              /data/b: 12 partitions, 12 segments, 999 B, recovered after an unclean stop: 12 partitions, 23.9 MB re-read, 61 B cut, may lack acknowledged records (unknown boot id) (12.3 s)",
      "              /data/c: OFFLINE, mkdir /data/c: EIO",
      "  zookeeper   zk:2181/ottla, session 0xffffffffffffffff (20 ms)",
      "  controller  broker 1",
    ]);
  });
});
