import { SeededRandom } from "@ottla/runtime";
import type { ClusterUnderTest } from "../cluster/cluster-under-test";
import type { LinkFault, NetworkFaults } from "../cluster/network";
import { faultNamed } from "./catalogue";
import type { CutManner, Victim } from "./fault";

describe("a cut in a cluster of three brokers, 2 the controller, and two ZooKeepers", () => {
  it.each<[string, readonly Victim[], string]>([
    ["cut", [1], "1-zk1 1-zk2"],
    ["isolate", [1], "1-2 1-3 1-clients 1-zk1 1-zk2"],
    ["cut-nodes", [1], "1-2 1-3 1-zk1 1-zk2"],
    ["cut-nodes", ["zk1"], "1-zk1 2-zk1 3-zk1 zk1-zk2"],
    ["cut-peers", [1], "1-2 1-3"],
    ["cut-peers", ["zk2"], "zk1-zk2"],
    ["cut-controller", [3], "2-3"],
    ["cut-controller", [2], "1-2"],
    ["cut-clients", [1, 2], "1-clients 2-clients"],
    ["bridge", [2], "1-3"],
    ["isolate", [1, 2, 3], "1-2 1-3 1-clients 1-zk1 1-zk2 2-3 2-clients 2-zk1 2-zk2 3-clients 3-zk1 3-zk2"],
  ])("%s of %j parts these, both ways", async (kind, victims, pairs) => {
    const links = await imposed(kind, victims);
    const directions = links.map(({ from, to }) => `${short(from)}-${short(to)}`);
    const back = links.map(({ from, to }) => `${short(to)}-${short(from)}`);
    expect(new Set(back)).toEqual(new Set(directions));
    expect([...new Set(links.map(({ from, to }) => [short(from), short(to)].sort().join("-")))].sort().join(" ")).toBe(
      pairs,
    );
  });

  it.each([
    ["cut-out", "1>2 1>3 1>zk1 1>zk2"],
    ["cut-in", "2>1 3>1 zk1>1 zk2>1"],
  ])("%s parts one way only, and never from clients", async (kind, expected) => {
    const links = await imposed(kind, [1]);
    expect(
      links
        .map(({ from, to }) => `${short(from)}>${short(to)}`)
        .sort()
        .join(" "),
    ).toBe(expected);
  });

  it.each<[CutManner, string]>([
    ["silent", "drop"],
    ["refused", "reject"],
  ])("that is %s means %s", async (manner, how) => {
    expect(new Set((await imposed("isolate", [1], manner)).map((link) => link.how))).toEqual(new Set([how]));
  });

  it("takes a network that can be broken, and says so", () => {
    const cluster = { ...clusterOn([]), network: null, links: null };
    expect(faultNamed("isolate").refusal(cluster)).toContain("isolate takes --network namespaces");
    expect(faultNamed("cut").refusal(cluster)).toContain("without links that can be cut");
    expect(faultNamed("kill").refusal(cluster)).toBeNull();
  });
});

async function imposed(kind: string, victims: readonly Victim[], manner: CutManner = "silent"): Promise<LinkFault[]> {
  const links: LinkFault[] = [];
  await faultNamed(kind).hit({ cluster: clusterOn(links), victims, random: new SeededRandom(1), manner });
  return links;
}

function clusterOn(links: LinkFault[]): ClusterUnderTest {
  const network: NetworkFaults = {
    async impose(faults) {
      links.push(...faults);
      return async () => undefined;
    },
    slow: async () => async () => undefined,
  };
  const cluster = {
    network,
    brokerIds: [1, 2, 3],
    ensemble: { ids: ["zk1", "zk2"] },
    view: { controllerId: async () => 2 },
  };
  return cluster as unknown as ClusterUnderTest;
}

const short = (node: string): string => node.replace("broker", "");
