import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  brokerRegistration,
  clusterId,
  configChange,
  controller,
  controllerEpoch,
  entityConfig,
  feature,
  isrChange,
  partitionState,
  preferredReplicaElection,
  producerIdBlock,
  reassignPartitions,
  topic,
} from "../index";

interface Dump {
  readonly nodes: readonly { readonly path: string; readonly data: string | null }[];
}

const folder = join(__dirname, "..", "..", "fixtures", "zookeeper");
const dumps = readdirSync(folder)
  .toSorted()
  .map((name): [string, Dump] => [name, JSON.parse(readFileSync(join(folder, name), "utf8")) as Dump]);

/** For each kind of path: what its data become when decoded and encoded again. */
const roundTrips: [RegExp, (data: Buffer, path: string) => Buffer][] = [
  [/^\/brokers\/ids\/\d+$/, (data, path) => brokerRegistration.encode(brokerRegistration.decode(data, path))],
  [/^\/brokers\/topics\/[^/]+$/, (data, path) => topic.encode(topic.decode(data, path))],
  [
    /^\/brokers\/topics\/[^/]+\/partitions\/\d+\/state$/,
    (data, path) => partitionState.encode(partitionState.decode(data, path)),
  ],
  [/^\/cluster\/id$/, (data) => clusterId.encode(clusterId.decode(data))],
  [/^\/config\/changes\/config_change_\d{10}$/, (data, path) => configChange.encode(configChange.decode(data, path))],
  [
    /^\/config\/(topics|brokers|clients|users|ips)\/.+$/,
    (data, path) => entityConfig.encode(entityConfig.decode(data, path)),
  ],
  [/^\/controller$/, (data) => controller.encode(controller.decode(data))],
  [/^\/controller_epoch$/, (data) => controllerEpoch.encode(controllerEpoch.decode(data))],
  [/^\/feature$/, (data) => feature.encode(feature.decode(data))],
  [/^\/isr_change_notification\/isr_change_\d{10}$/, (data, path) => isrChange.encode(isrChange.decode(data, path))],
  [
    /^\/latest_producer_id_block$/,
    (data) => {
      const block = producerIdBlock.decode(data);
      return block === null ? Buffer.alloc(0) : producerIdBlock.encode(block);
    },
  ],
];

/** ACLs are not in the first round of what is served. */
const outOfScope = /^\/kafka-acl/;

describe("znode trees recorded from Apache Kafka 3.9.1", () => {
  const counts = { dumps: dumps.length, nodes: 0, roundTrips: 0, withoutData: 0, outOfScope: 0 };

  it.each(dumps)("%s: every node decodes and encodes back to the same object, keys in the same order", (_, dump) => {
    for (const { path, data } of dump.nodes) {
      counts.nodes += 1;
      if (data === null || path === "/") counts.withoutData += 1;
      else if (outOfScope.test(path)) counts.outOfScope += 1;
      else {
        const kind = roundTrips.find(([pattern]) => pattern.test(path));
        if (kind === undefined) throw new Error(`no codec for ${path}`);
        const again = kind[1](Buffer.from(data, "utf8"), path).toString("utf8");
        expect(JSON.parse(again)).toEqual(JSON.parse(data));
        if (!path.startsWith("/config/")) expect(again).toBe(data);
        counts.roundTrips += 1;
      }
    }
  });

  it("were read whole", () => {
    console.log(`znodes: ${JSON.stringify(counts)} (out of scope: ACLs)`);
    expect(counts.nodes).toBe(counts.roundTrips + counts.withoutData + counts.outOfScope);
    expect(counts.dumps).toBe(39);
    expect(counts.roundTrips).toBeGreaterThan(1000);
  });
});

// The transient nodes that no dump catches, as the recorded transactions show them.
describe("requests that legacy tools write", () => {
  it("decode and encode back to the same bytes", () => {
    const election = '{"version":1,"partitions":[{"topic":"t4","partition":0}]}';
    expect(preferredReplicaElection.encode(preferredReplicaElection.decode(Buffer.from(election))).toString()).toBe(
      election,
    );
    expect(isrChange.encode(isrChange.decode(Buffer.from(election))).toString()).toBe(election);
    const reassignment = '{"version":1,"partitions":[{"topic":"t4","partition":0,"replicas":[1,2]}]}';
    expect(reassignPartitions.encode(reassignPartitions.decode(Buffer.from(reassignment))).toString()).toBe(
      reassignment,
    );
  });
});
