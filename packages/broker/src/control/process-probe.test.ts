import { type Address, type ClusterServices, InProcessNetwork } from "@ottla/cluster-rpc";
import type { ProbeTarget } from "@ottla/controller";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import type { Machine } from "../machine";
import { ClusterDoor } from "./cluster-door";
import { type DialOutcome, ProcessProbe } from "./process-probe";

const BOOT = "boot-a";
const NAMESPACE = "pid:[1]";

const registered = (
  ottla: { bootId?: string | null; pidNamespace?: string | null; startTime?: string | null } | null = {},
): ProbeTarget => ({
  brokerId: 2,
  brokerEpoch: 40n,
  registration: {
    version: 5,
    host: "other",
    port: 9092,
    jmxPort: -1,
    timestampMs: 0,
    endpoints: [],
    rack: null,
    features: null,
    ottla:
      ottla === null
        ? null
        : {
            rpc: "other:19092",
            directories: ["dir"],
            bootId: BOOT,
            pidNamespace: NAMESPACE,
            pid: 77,
            startTime: "5",
            incarnation: "first",
            torn: false,
            ...ottla,
          },
  },
});

/** A probe in a world that a spec makes. */
async function probing(world: {
  readonly dials?: Readonly<Record<string, DialOutcome>>;
  /** Null: no name server answers. */
  readonly addresses?: readonly string[] | null;
  readonly ended?: boolean;
  readonly answers?: Partial<ClusterServices>;
}) {
  const clock = new SimulatedClock();
  const network = new InProcessNetwork({ clock, logger: silentLogger });
  if (world.answers !== undefined)
    await network.transport("other").serve({ host: "other", port: 19092 }, world.answers as ClusterServices);
  const machine: Machine = {
    hostName: "here",
    bootId: BOOT,
    pidNamespace: NAMESPACE,
    pid: 1,
    startTime: "1",
    hasEnded: () => Promise.resolve(world.ended ?? false),
  };
  const probe = new ProcessProbe({
    transport: network.transport("here"),
    machine,
    clock,
    logger: silentLogger,
    dial: ({ host }: Address) => Promise.resolve(world.dials?.[host] ?? "refused"),
    resolve: () =>
      world.addresses === null ? new Promise(() => undefined) : Promise.resolve(world.addresses ?? ["10.0.0.2"]),
  });
  return async (target: ProbeTarget) => {
    const finding = probe.probe(target, new AbortController().signal);
    await clock.advanceAsync(1000);
    return finding;
  };
}

const doorOf = (incarnation: string) => new ClusterDoor({ brokerId: 2, incarnation, directoryIds: ["dir"] });

describe("a registered process is called", () => {
  it.each<{ dials: Record<string, DialOutcome>; finding: unknown; when: string }>([
    { dials: { a: "refused", b: "refused" }, finding: { kind: "gone", proof: false }, when: "every address refuses" },
    { dials: { a: "refused", b: "unreachable" }, finding: { kind: "silent" }, when: "one of its addresses is silent" },
    { dials: { a: "unreachable", b: "unreachable" }, finding: { kind: "silent" }, when: "no address answers" },
    { dials: { a: "connected", b: "refused" }, finding: { kind: "hung" }, when: "one connects and nobody answers" },
  ])("$finding.kind when $when (rule 39)", async ({ dials, finding }) => {
    const probe = await probing({ dials, addresses: ["a", "b"] });
    expect(await probe(registered())).toEqual(finding);
  });

  it("silent when its name is not known to anybody", async () => {
    const probe = await probing({ addresses: [] });
    expect(await probe(registered())).toEqual({ kind: "silent" });
  });

  it("silent when no name server says anything, as where the one that knew it has forgotten it and asks another", async () => {
    const probe = await probing({ addresses: null });
    expect(await probe(registered())).toEqual({ kind: "silent" });
  });

  it("alive, by the name of whoever answers there, which may be a newer process", async () => {
    const probe = await probing({ dials: { "10.0.0.2": "connected" }, answers: doorOf("second") });
    expect(await probe(registered())).toEqual({
      kind: "alive",
      brokerId: 2,
      brokerEpoch: -1n,
      incarnation: "second",
      directories: ["dir"],
    });
  });

  it("hung when it is a broker of another make, which nobody can ask", async () => {
    const probe = await probing({});
    expect(await probe(registered(null))).toEqual({ kind: "hung" });
  });
});

describe("the kernel's word that the process is no more (rule 40)", () => {
  it.each<{ dial: DialOutcome }>([{ dial: "refused" }, { dial: "unreachable" }, { dial: "connected" }])(
    "proves it gone, whatever the network says ($dial)",
    async ({ dial }) => {
      const probe = await probing({ dials: { "10.0.0.2": dial }, ended: true });
      expect(await probe(registered())).toEqual({ kind: "gone", proof: true });
    },
  );

  it.each([
    { why: "under another kernel", ottla: { bootId: "boot-b" } },
    { why: "in another pid namespace", ottla: { pidNamespace: "pid:[2]" } },
    { why: "without a boot id", ottla: { bootId: null } },
    { why: "without a start time", ottla: { startTime: null } },
  ])("is not asked about a process $why", async ({ ottla }) => {
    const probe = await probing({ ended: true });
    expect(await probe(registered(ottla))).toEqual({ kind: "gone", proof: false });
  });
});
