import type { AlterPartitionReply, IsrProposal as ProposedIsr } from "@ottla/controller";
import { type Clock, explain, type Logger, type Timer } from "@ottla/runtime";
import type { IsrProposal } from "../partition/partition-leader";
import type { ProposalOutcome } from "../partitions/isr-proposals";

/** A partition led here that wants another ISR. */
export interface ProposingPartition {
  readonly topic: string;
  readonly index: number;
  readonly log: { readonly topicId: string | null };
  /** The controller's word on this very proposal, given on the session that it was sent on. */
  onProposalOutcome(proposal: IsrProposal, outcome: ProposalOutcome): void;
}

/** The way to the controller. */
export interface ProposalRoute {
  /** Proposes on the session that stands; null when nothing was settled on it. */
  alterPartition(partitions: readonly ProposedIsr[]): Promise<AlterPartitionReply | null>;
}

export interface IsrProposalSenderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A controller that could not settle a proposal, and keeps its session, is asked again after this. */
const AGAIN_MS = 100;

/**
 * Takes ISR proposals to the controller: those of a tick together, one request at a time.
 *
 * What the end of a session leaves unsettled is forgotten here and stays pending at its leader, which proposes it again on the next
 * session (replication rules 24 and 25).
 */
export class IsrProposalSender {
  private waiting = new Map<ProposingPartition, IsrProposal>();
  /** Sent, not settled, and to be sent again when `again` fires. */
  private unsettled = new Map<ProposingPartition, IsrProposal>();
  private sending = false;
  private again: Timer | null = null;
  private closed = false;
  private route: ProposalRoute | null = null;

  constructor(private readonly options: IsrProposalSenderOptions) {}

  /** From here on there is a way to the controller; what was proposed before comes again with the first session. */
  sendThrough(route: ProposalRoute): void {
    this.route = route;
  }

  /** Has the proposal sent when this tick is over; a newer one of the same partition replaces it. */
  propose(partition: ProposingPartition, proposal: IsrProposal): void {
    this.waiting.set(partition, proposal);
    this.unsettled.delete(partition);
    this.sendSoon();
  }

  close(): void {
    this.closed = true;
    this.again?.cancel();
    this.waiting.clear();
    this.unsettled.clear();
  }

  private sendSoon(): void {
    if (this.sending || this.closed || this.waiting.size === 0) return;
    this.sending = true;
    this.options.clock.afterTick(() => void this.send());
  }

  private async send(): Promise<void> {
    const sent = [...this.waiting];
    this.waiting = new Map();
    let unsettled: typeof sent = [];
    try {
      const proposals = sent.map(([partition, proposal]) => asked(partition, proposal));
      const reply = (await this.route?.alterPartition(proposals)) ?? null;
      if (reply !== null && !this.closed) unsettled = this.settle(sent, reply);
    } catch (failure) {
      this.options.logger.warn("a proposal could not be sent", { failure: explain(failure) });
      unsettled = sent;
    }
    this.sending = false;
    if (unsettled.length > 0 && !this.closed) this.againLater(unsettled);
    this.sendSoon();
  }

  /** @returns what the reply says nothing definite about */
  private settle(
    sent: readonly (readonly [ProposingPartition, IsrProposal])[],
    reply: AlterPartitionReply,
  ): [ProposingPartition, IsrProposal][] {
    if (reply.error !== "NONE") {
      this.options.logger.info("the controller settled no proposal", { error: reply.error });
      return sent.map(([partition, proposal]) => [partition, proposal]);
    }
    const outcomes = new Map(reply.partitions.map((outcome) => [`${outcome.topicId}/${outcome.partition}`, outcome]));
    const unsettled: [ProposingPartition, IsrProposal][] = [];
    for (const [partition, proposal] of sent) {
      const outcome = outcomes.get(`${partition.log.topicId}/${partition.index}`);
      if (outcome === undefined) unsettled.push([partition, proposal]);
      else partition.onProposalOutcome(proposal, { ...outcome, controllerEpoch: reply.controllerEpoch });
    }
    return unsettled;
  }

  /** One timer serves all: what a later request leaves unsettled joins what waits already, and puts nothing off. */
  private againLater(unsettled: readonly (readonly [ProposingPartition, IsrProposal])[]): void {
    for (const [partition, proposal] of unsettled)
      if (!this.waiting.has(partition)) this.unsettled.set(partition, proposal);
    this.again ??= this.options.clock.setTimer(AGAIN_MS, () => {
      this.again = null;
      for (const [partition, proposal] of this.unsettled)
        if (!this.waiting.has(partition)) this.waiting.set(partition, proposal);
      this.unsettled.clear();
      this.sendSoon();
    });
  }
}

function asked(partition: ProposingPartition, proposal: IsrProposal): ProposedIsr {
  return {
    topic: partition.topic,
    topicId: partition.log.topicId ?? "",
    partition: partition.index,
    leaderEpoch: proposal.leaderEpoch,
    partitionEpoch: proposal.partitionEpoch,
    isr: proposal.isr.map(({ brokerId, brokerEpoch }) => ({ brokerId, brokerEpoch: brokerEpoch ?? -1n })),
    recovering: false,
  };
}
