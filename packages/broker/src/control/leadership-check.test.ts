import { type MemoryCoordination, MemoryEnsemble, partitionState } from "@ottla/coordination";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import { LeadershipCheck } from "./leadership-check";

const clock = new SimulatedClock();
let coordination: MemoryCoordination;
let overdue: boolean;
let heard: string[];
let check: LeadershipCheck;

beforeEach(async () => {
  const ensemble = new MemoryEnsemble({ clock });
  coordination = await ensemble.connect();
  overdue = true;
  heard = [];
  check = new LeadershipCheck({
    coordination,
    isOverdue: () => overdue,
    led: () => [{ topic: "orders", index: 0, leaderEpoch: 5, log: { topicId: "id" } }],
    onHigherEpoch: ({ topic, index }, { leaderEpoch }) => void heard.push(`${topic}-${index}: ${leaderEpoch}`),
    clock,
    logger: silentLogger,
  });
  check.start();
});
afterEach(async () => {
  check.close();
  await coordination.close();
});

async function stateSays(leaderEpoch: number): Promise<void> {
  const path = partitionState.path("orders", 0);
  await coordination.ensurePath(path);
  const state = { leader: 2, leaderEpoch, isr: [2], controllerEpoch: 1, leaderRecoveryState: "RECOVERED" } as const;
  await coordination.set(path, partitionState.encode(state), null);
}

describe("a leader that cannot reach the controller for longer than the grace (rule 19)", () => {
  it("reads for itself that somebody else was elected", async () => {
    await stateSays(6);
    await clock.advanceAsync(600);
    expect(heard).toEqual(["orders-0: 6"]);
  });

  it.each([5, 4])(
    "goes on leading while ZooKeeper knows of no later epoch than its own (%i): reading only takes away",
    async (epoch) => {
      await stateSays(epoch);
      await clock.advanceAsync(2000);
      expect(heard).toEqual([]);
    },
  );

  it("does not take a topic that is gone for a lost leadership: the controller's word stops it", async () => {
    await clock.advanceAsync(2000);
    expect(heard).toEqual([]);
  });

  it("reads nothing while the controller answers", async () => {
    overdue = false;
    await stateSays(6);
    await clock.advanceAsync(2000);
    expect(heard).toEqual([]);
  });
});
