import type { AlterPartitionOutcome } from "@ottla/controller";
import type { IsrProposal } from "../partition/partition-leader";
import type { Partition } from "./partition";

/** Where leaders bring the ISR changes they want: the session with the active controller. */
export interface IsrProposals {
  /**
   * Takes a proposal of a partition led here. Its outcome comes later through `Partition.onProposalOutcome`, never from within this call;
   * without a session it is dropped, and comes again when one stands (rule 24).
   */
  propose(partition: Partition, proposal: IsrProposal): void;
}

/** What the controller said to one proposal, on the session that it was sent on. */
export type ProposalOutcome = Pick<
  AlterPartitionOutcome,
  "error" | "leader" | "leaderEpoch" | "isr" | "partitionEpoch"
> & {
  /** Of the controller that answered: a success counts only from one at least as new as the leader epoch's (rule 5). */
  readonly controllerEpoch: number;
};
