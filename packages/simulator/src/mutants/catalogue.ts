import type { Mutant } from "./mutant";

const LEADER = "broker/dist/partition/partition-leader.js";
const ELECTIONS = "controller/dist/decisions/elections.js";
const WAITING = "broker/dist/partitions/waiting-produces.js";

/** Faults after which a replica may lack what it acknowledged. */
const TEARING: ReadonlySet<string> = new Set(["power-loss", "wiped-disk", "disk-error"]);

/** Mistakes that somebody could make, one for each rule that the cluster stands on. */
export const mutants: readonly Mutant[] = [
  {
    name: "high-watermark-off-by-one",
    knownSeed: 1,
    what: "a leader counts one record more of its followers than they have",
    patches: [
      {
        file: LEADER,
        find: "if (follower.logEndOffset < end)\n                end = follower.logEndOffset;",
        replace: "if (follower.logEndOffset + 1 < end)\n                end = follower.logEndOffset + 1;",
      },
    ],
  },
  {
    name: "ack-before-replication",
    knownSeed: 1,
    what: "acks=all is answered once the leader has the record",
    patches: [{ file: WAITING, find: "waiting.append.acks === -1 ? committed : held", replace: "held" }],
  },
  {
    name: "stale-election",
    knownSeed: 1,
    what: "a new leader is elected under the epoch of the one before",
    patches: [
      {
        file: ELECTIONS,
        find: "state: { leader, leaderEpoch: state.leaderEpoch + 1, isr, recovering: state.recovering },",
        replace: "state: { leader, leaderEpoch: state.leaderEpoch, isr, recovering: state.recovering },",
      },
    ],
  },
  {
    name: "election-outside-isr",
    knownSeed: 5,
    what: "any live replica may be elected",
    patches: [
      {
        file: ELECTIONS,
        find: "const leader = replicas.find((id) => mayLead(id) && state.isr.includes(id));\n    return leader === undefined ? NOBODY : elect(state, leader, state.isr.filter(stays));",
        replace:
          "const leader = replicas.findLast((id) => mayLead(id));\n    return leader === undefined ? NOBODY : elect(state, leader, [leader]);",
      },
    ],
  },
  {
    name: "truncation-to-high-watermark",
    knownSeed: 2,
    what: "a new follower cuts its log to its own high watermark, without asking the leader (KIP-101)",
    patches: [
      {
        file: "broker/dist/partitions/partition.js",
        find: "log.truncateTo(log.logEndOffset);",
        replace: "log.truncateTo(log.highWatermark);",
      },
    ],
  },
  {
    name: "epoch-check-skipped",
    knownSeed: 5,
    what: "a leader does not compare a follower's last epoch with its own: whoever is not longer may attach (rules 3, 14)",
    patches: [
      {
        file: "broker/dist/partition/attach-decision.js",
        find: "if (epoch === lastEpoch && endOffset >= logEndOffset)",
        replace: "if (logEndOffset <= view.logEndOffset)",
      },
    ],
  },
  {
    name: "proposal-not-counted",
    knownSeed: 1,
    what: "who has been proposed for the ISR is not waited for until the controller has said yes (KIP-497, rule 23)",
    patches: [
      {
        file: LEADER,
        find: "return this.committedIsr.includes(brokerId) || (this.pending?.isr.some((m) => m.brokerId === brokerId) ?? false);",
        replace: "return this.committedIsr.includes(brokerId);",
      },
      {
        file: LEADER,
        find: "return follower.attached && nowMs >= follower.ineligibleUntilMs && this.isCaughtUp(brokerId, nowMs);",
        replace: "return false;",
      },
    ],
  },
  {
    name: "follower-acks-too-much",
    knownSeed: 1,
    what: "a follower acknowledges one record more than it has written",
    patches: [
      {
        file: "broker/dist/replication/leader-link.js",
        find: "endOffset: log.acknowledgedEndOffset,",
        replace: "endOffset: log.acknowledgedEndOffset + 1,",
      },
      {
        file: "broker/dist/replication/follower-stream.js",
        find: "const isPossible = ack.endOffset <= attachment.nextOffset &&",
        replace: "at.logEndOffset = Math.min(at.logEndOffset, attachment.nextOffset); const isPossible =",
      },
    ],
  },
  {
    name: "ack-before-flush",
    knownSeed: 346,
    what: "in flush mode, what is not synced is acknowledged",
    prefers: ({ configs, faults }) =>
      configs["log.flush.interval.messages"] === "1" && faults.some(({ kind }) => kind === "power-loss-all"),
    patches: [
      {
        file: "storage/dist/partition-log.js",
        find: "return this.state.config.flushMessages === 1 ? this.flushedEndOffset : this.state.logEndOffset;",
        replace: "return this.state.logEndOffset;",
      },
    ],
  },
  {
    name: "duplicate-window-forgotten",
    knownSeed: 4,
    what: "a leader takes a retry for a new batch",
    patches: [
      {
        file: "storage/dist/producer-entry.js",
        find: 'return { kind: "duplicate", batch: duplicate };',
        replace: "return NEW;",
      },
    ],
  },
  {
    name: "position-kept-over-epochs",
    knownSeed: 5,
    what: "a new leader takes every follower for as far as itself before it has attached (rule 16)",
    patches: [{ file: LEADER, find: "logEndOffset: null,", replace: "logEndOffset: this.endOffset," }],
  },
  {
    name: "min-insync-ignored",
    knownSeed: 5,
    what: "the high watermark moves with too few in sync (rule 32)",
    patches: [{ file: LEADER, find: "if (!this.hasEnoughReplicas)", replace: "if (false)" }],
  },
  {
    name: "incarnation-check-skipped",
    knownSeed: 161,
    what: "the controller lets into the ISR whoever a proposal names, whatever registration acknowledged (rule 26)",
    prefers: ({ faults }) => faults.filter(({ kind }) => TEARING.has(kind)).length > 1,
    patches: [
      {
        file: "controller/dist/decisions/isr-judgement.js",
        find: "if (registeredAs === undefined || registeredAs !== brokerEpoch)\n        return false;",
        replace: "return true;",
      },
    ],
  },
  {
    name: "torn-leads",
    knownSeed: 114,
    what: "a broker that may have lost its tail is elected like any other (rule 57)",
    prefers: ({ faults }) => faults.filter(({ kind }) => TEARING.has(kind)).length > 1,
    patches: [
      {
        file: "controller/dist/cluster-state.js",
        find: "const torn = (id) => this.brokers.get(id)?.torn === true;",
        replace: "const torn = () => false;",
      },
    ],
  },
  {
    name: "unfenced-controller",
    knownSeed: 1,
    what: "a controller's writes do not check the controller epoch (rule 46)",
    patches: [
      {
        file: "controller/dist/fenced-writes.js",
        find: "const results = await this.coordination.multi([check, ...operations]);",
        replace: "const results = [{}, ...(await this.coordination.multi(operations))];",
      },
    ],
  },
];

/** @throws Error when there is none of that name */
export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined)
    throw new Error(`there is no mutant ${name}; there are ${mutants.map((mutant) => mutant.name).join(", ")}`);
  return found;
}
