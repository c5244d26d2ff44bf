import {
  brokerRegistration,
  controllerEpoch,
  type MemoryTransaction,
  type Operation,
  type PartitionStateNode,
  partitionState,
  topic,
} from "@ottla/coordination";
import { EnsembleHistory } from "./ensemble-history";
import { InvariantBroken, Judge } from "./invariants";

/** An ensemble whose controller does as it is told, be it right or wrong. */
class Ensemble {
  readonly history = new EnsembleHistory(new Judge());
  private readonly transactions: MemoryTransaction[] = [];
  private version = -1;
  private epoch = 0;

  constructor() {
    this.write({ kind: "create", path: controllerEpoch.path, data: controllerEpoch.encode(0) });
    this.takeOver();
    const node = topic.encode({
      topicId: "id",
      partitions: new Map([[0, [1, 2, 3]]]),
      addingReplicas: new Map(),
      removingReplicas: new Map(),
    });
    this.write({ kind: "create", path: topic.path("orders"), data: node });
    this.state({});
  }

  takeOver(to = this.epoch + 1): void {
    const expectedVersion = this.epoch;
    this.epoch = to;
    this.write({ kind: "set", path: controllerEpoch.path, data: controllerEpoch.encode(to), expectedVersion });
  }

  registers(id: number, torn: boolean): void {
    const ottla = { rpc: "a:1", directories: [], bootId: "b", pidNamespace: "p", pid: 1, startTime: "1" };
    const data = brokerRegistration.encode({
      version: 5,
      host: "a",
      port: 1,
      jmxPort: -1,
      timestampMs: 0,
      endpoints: [],
      rack: null,
      features: null,
      ottla: { ...ottla, incarnation: "i", torn },
    });
    this.write({ kind: "create", path: brokerRegistration.path(id), data, ephemeral: true });
  }

  state(
    change: Partial<PartitionStateNode>,
    { expectedVersion = this.version, fenced = true }: { expectedVersion?: number | null; fenced?: boolean } = {},
  ): void {
    const before: PartitionStateNode = this.history.named("orders", 0)?.state ?? {
      leader: 1,
      leaderEpoch: 0,
      isr: [1, 2, 3],
      controllerEpoch: this.epoch,
      leaderRecoveryState: "RECOVERED",
    };
    const path = partitionState.path("orders", 0);
    const data = partitionState.encode({ ...before, controllerEpoch: this.epoch, ...change });
    const operations: Operation[] = fenced
      ? [{ kind: "check", path: controllerEpoch.path, expectedVersion: this.epoch }]
      : [];
    operations.push(
      this.version === -1 ? { kind: "create", path, data } : { kind: "set", path, data, expectedVersion },
    );
    this.version++;
    this.write(...operations);
  }

  private write(...operations: readonly Operation[]): void {
    this.transactions.push({ zxid: BigInt(this.transactions.length), sessionId: 1n, by: "controller", operations });
    this.history.follow(this.transactions);
  }
}

function broken(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvariantBroken) return error.invariant;
    throw error;
  }
  return "none";
}

describe("the ensemble's transactions", () => {
  const proper: readonly [string, (ensemble: Ensemble) => void][] = [
    ["an election from the ISR, under the next epoch", (e) => e.state({ leader: 2, leaderEpoch: 1, isr: [2, 3] })],
    ["the same leader under the next epoch", (e) => e.state({ leaderEpoch: 1 })],
    ["a shrunk ISR under the same epoch", (e) => e.state({ isr: [1, 3] })],
    ["no leader", (e) => e.state({ leader: -1, leaderEpoch: 1 })],
    ["a takeover of the controller's duty", (e) => e.takeOver()],
  ];
  it.each(proper)("may say: %s", (_, act) => expect(broken(() => act(new Ensemble()))).toBe("none"));

  const improper: readonly [string, string, (ensemble: Ensemble) => void][] = [
    [
      "a leader epoch that goes back",
      "leader-epoch",
      (e) => {
        e.state({ leaderEpoch: 3 });
        e.state({ leaderEpoch: 2 });
      },
    ],
    ["another leader under the same epoch", "one-leader", (e) => e.state({ leader: 2 })],
    [
      "a leader that was not in the ISR",
      "election",
      (e) => {
        e.state({ isr: [1, 2] });
        e.state({ leader: 3, leaderEpoch: 1, isr: [3] });
      },
    ],
    ["a leader outside of its ISR", "isr", (e) => e.state({ isr: [2, 3] })],
    ["a stranger in the ISR", "isr", (e) => e.state({ isr: [1, 4] })],
    ["an empty ISR", "isr", (e) => e.state({ leader: -1, leaderEpoch: 1, isr: [] })],
    ["a write over any version", "partition-epoch", (e) => e.state({ isr: [1] }, { expectedVersion: null })],
    ["a write without a check of the controller epoch", "controller-epoch", (e) => e.state({}, { fenced: false })],
    ["a write of an older controller", "controller-epoch", (e) => e.state({ controllerEpoch: 0 })],
    ["a controller epoch that goes back", "controller-epoch", (e) => e.takeOver(0)],
  ];
  it.each(improper)("may not say: %s (%s)", (_, invariant, act) =>
    expect(broken(() => act(new Ensemble()))).toBe(invariant),
  );

  it("may name a leader from outside of an ISR whose members are all torn", () => {
    const ensemble = new Ensemble();
    ensemble.state({ isr: [1] });
    ensemble.registers(1, true);
    expect(broken(() => ensemble.state({ leader: 2, leaderEpoch: 1, isr: [2] }))).toBe("none");
    expect(ensemble.history.named("orders", 0)?.exceptions).toHaveLength(1);
  });
});
