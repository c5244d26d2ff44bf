import type { AlterPartitionOutcome, AlterPartitionReply, IsrProposal as ProposedIsr } from "@ottla/controller";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import type { IsrProposal } from "../partition/partition-leader";
import { IsrProposalSender } from "./isr-proposal-sender";

const proposalOn = (partitionEpoch: number): IsrProposal => ({
  isr: [
    { brokerId: 1, brokerEpoch: null },
    { brokerId: 2, brokerEpoch: 41n },
  ],
  leaderEpoch: 5,
  partitionEpoch,
});

const outcomeOf = (asked: ProposedIsr, error: AlterPartitionOutcome["error"] = "NONE"): AlterPartitionOutcome => ({
  topic: asked.topic,
  topicId: asked.topicId,
  partition: asked.partition,
  error,
  leader: 1,
  leaderEpoch: asked.leaderEpoch,
  isr: [1, 2],
  partitionEpoch: asked.partitionEpoch + 1,
  recovering: false,
});

/** A sender whose controller a spec plays. */
function senderUnderTest() {
  const clock = new SimulatedClock();
  const sender = new IsrProposalSender({ clock, logger: silentLogger });
  const requests: (readonly ProposedIsr[])[] = [];
  const replies: ((reply: AlterPartitionReply | null) => void)[] = [];
  sender.sendThrough({
    alterPartition: (partitions) => {
      requests.push(partitions);
      return new Promise((resolve) => replies.push(resolve));
    },
  });
  const told: string[] = [];
  const partition = (topic: string) => ({
    topic,
    index: 0,
    log: { topicId: `${topic}-id` },
    onProposalOutcome: (proposal: IsrProposal, outcome: { error: string; controllerEpoch: number }) =>
      void told.push(`${topic} on ${proposal.partitionEpoch}: ${outcome.error} by ${outcome.controllerEpoch}`),
  });
  return {
    clock,
    sender,
    requests,
    told,
    partition,
    answer: async (reply: AlterPartitionReply | null) => {
      replies.shift()?.(reply);
      await clock.advanceAsync(0);
    },
    accept: async () => {
      const asked = requests.at(-1) ?? [];
      replies.shift()?.({ error: "NONE", controllerEpoch: 7, partitions: asked.map((one) => outcomeOf(one)) });
      await clock.advanceAsync(0);
    },
  };
}

describe("proposals of one tick", () => {
  it("travel together, each with the broker epochs that its members acknowledged under (rule 26)", async () => {
    const { clock, sender, requests, partition } = senderUnderTest();
    sender.propose(partition("orders"), proposalOn(3));
    sender.propose(partition("carts"), proposalOn(9));
    await clock.advanceAsync(0);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject([
      { topic: "orders", topicId: "orders-id", partition: 0, leaderEpoch: 5, partitionEpoch: 3 },
      { topic: "carts", partitionEpoch: 9 },
    ]);
    expect(requests[0]?.[0]?.isr).toEqual([
      { brokerId: 1, brokerEpoch: -1n },
      { brokerId: 2, brokerEpoch: 41n },
    ]);
  });

  it("are each told what became of them, and by which controller", async () => {
    const { clock, sender, told, partition, accept } = senderUnderTest();
    sender.propose(partition("orders"), proposalOn(3));
    await clock.advanceAsync(0);
    await accept();
    expect(told).toEqual(["orders on 3: NONE by 7"]);
  });
});

describe("a proposal made while another request is under way", () => {
  it("waits for its answer, and is sent then; of two for one partition the newer goes", async () => {
    const { clock, sender, requests, partition, accept } = senderUnderTest();
    const orders = partition("orders");
    sender.propose(orders, proposalOn(3));
    await clock.advanceAsync(0);
    sender.propose(orders, proposalOn(4));
    sender.propose(orders, proposalOn(5));
    await clock.advanceAsync(0);
    expect(requests).toHaveLength(1);
    await accept();
    expect(requests.map(([one]) => one?.partitionEpoch)).toEqual([3, 5]);
  });
});

describe("a proposal whose session ends before the answer", () => {
  it("is settled by nothing and sent by nobody but its leader, on the next session (rules 24, 25)", async () => {
    const { clock, sender, requests, told, partition, answer } = senderUnderTest();
    sender.propose(partition("orders"), proposalOn(3));
    await clock.advanceAsync(0);
    await answer(null);
    await clock.advanceAsync(60_000);
    expect(told).toEqual([]);
    expect(requests).toHaveLength(1);
  });
});

describe("a controller that could not settle a request, on a session that stands", () => {
  it("is asked again about all that it left open, whatever was proposed meanwhile", async () => {
    const { clock, sender, requests, partition, answer } = senderUnderTest();
    const nothingSettled = { error: "NONE", controllerEpoch: 7, partitions: [] } as const;
    sender.propose(partition("orders"), proposalOn(3));
    await clock.advanceAsync(0);
    await answer(nothingSettled);
    await clock.advanceAsync(50);
    sender.propose(partition("carts"), proposalOn(9));
    await clock.advanceAsync(0);
    await answer(nothingSettled);
    await clock.advanceAsync(100);
    const again = requests.slice(2).flatMap((asked) => asked.map(({ topic }) => topic));
    expect(again.toSorted()).toEqual(["carts", "orders"]);
  });

  it("is asked again a moment later", async () => {
    const { clock, sender, requests, told, partition, answer, accept } = senderUnderTest();
    sender.propose(partition("orders"), proposalOn(3));
    await clock.advanceAsync(0);
    await answer({ error: "NOT_CONTROLLER", controllerEpoch: 7, partitions: [] });
    expect(told).toEqual([]);
    await clock.advanceAsync(100);
    expect(requests).toHaveLength(2);
    await accept();
    expect(told).toEqual(["orders on 3: NONE by 7"]);
  });
});
