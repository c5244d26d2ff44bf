import type { AlterPartitionReply, IsrProposal as ProposedIsr } from "@ottla/controller";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import type { IsrProposal } from "../partition/partition-leader";
import { IsrProposalSender, type ProposingPartition } from "./isr-proposal-sender";

const proposal = (isr: readonly number[]): IsrProposal => ({
  isr: isr.map((brokerId) => ({ brokerId, brokerEpoch: 1n })),
  leaderEpoch: 0,
  partitionEpoch: 0,
});

describe("ISR proposals that a controller could not settle, while its session stands", () => {
  const clock = new SimulatedClock();
  const sent: (readonly ProposedIsr[])[] = [];
  const route = {
    alterPartition: (partitions: readonly ProposedIsr[]): Promise<AlterPartitionReply | null> => {
      sent.push(partitions);
      return Promise.resolve({ error: "NONE", controllerEpoch: 1, partitions: [] });
    },
  };
  const partition = (topic: string): ProposingPartition => ({
    topic,
    index: 0,
    log: { topicId: topic },
    onProposalOutcome: () => {},
  });
  /** Lets `ms` pass and everything that follows from it happen. */
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };

  it("are all sent again, those too that a later one found waiting", async () => {
    const sender = new IsrProposalSender({ clock, logger: silentLogger });
    sender.sendThrough(route);
    sender.propose(partition("a"), proposal([1, 2]));
    await pass(1);
    await pass(50);
    sender.propose(partition("b"), proposal([1, 3]));
    await pass(1);
    expect(sent.map((one) => one.map(({ topic }) => topic))).toEqual([["a"], ["b"]]);

    await pass(100);
    await pass(1);
    const again = sent.slice(2).flatMap((one) => one.map(({ topic }) => topic));
    expect(again.toSorted()).toEqual(["a", "b"]);
    sender.close();
  });
});
