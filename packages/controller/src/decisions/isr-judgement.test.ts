import type { IsrProposal } from "../isr-proposal";
import { judgeProposal } from "./isr-judgement";
import type { ReplicaStanding } from "./settled-state";

const STATE = { leader: 1, leaderEpoch: 5, isr: [1, 2], recovering: false, partitionEpoch: 7 };

/** Brokers 1 to 3 registered with epochs 10, 20, 30; 4 is not there. */
function standing(changes: Partial<ReplicaStanding> = {}): ReplicaStanding {
  const there = (id: number) => id <= 3;
  const nobody = () => false;
  return {
    present: there,
    intact: there,
    mayLead: there,
    registered: there,
    connected: there,
    torn: nobody,
    suspected: nobody,
    leaving: nobody,
    brokerEpoch: (id) => (there(id) ? BigInt(id) * 10n : undefined),
    ...changes,
  };
}

function judged(
  changes: Partial<IsrProposal>,
  ground: { standing?: ReplicaStanding; state?: typeof STATE | null; proposer?: number; proposerEpoch?: bigint } = {},
): string {
  const isr = [1, 2, 3].map((brokerId) => ({ brokerId, brokerEpoch: BigInt(brokerId) * 10n }));
  const proposal = {
    topic: "t",
    topicId: "T",
    partition: 0,
    leaderEpoch: 5,
    partitionEpoch: 7,
    isr,
    recovering: false,
    ...changes,
  };
  const verdict = judgeProposal(proposal, {
    proposer: 1,
    proposerEpoch: 10n,
    replicas: [1, 2, 3, 4],
    state: STATE,
    standing: standing(),
    ...ground,
  });
  if (verdict.kind === "refuse") return verdict.error;
  return verdict.kind === "write" ? `write ${verdict.state.isr.join()}/${verdict.state.leaderEpoch}` : verdict.kind;
}

const members = (...ids: number[]) => ids.map((brokerId) => ({ brokerId, brokerEpoch: BigInt(brokerId) * 10n }));

describe("a proposal", () => {
  it.each<[string, string, string]>([
    ["is written, the leader epoch staying", judged({}), "write 1,2,3/5"],
    ["may shrink the ISR", judged({ isr: members(1) }), "write 1/5"],
    ["is settled when it is so already, in any order", judged({ isr: members(2, 1) }), "settled"],
    ["is settled though its version is old", judged({ isr: members(1, 2), partitionEpoch: 3 }), "settled"],
    [
      "is settled though a member is not eligible any more",
      judged({ isr: members(1, 2) }, { standing: standing({ suspected: (id) => id === 2 }) }),
      "settled",
    ],
    ["from a later version than ours", judged({ partitionEpoch: 8 }), "NOT_CONTROLLER"],
    ["from a later epoch than ours", judged({ leaderEpoch: 6 }), "NOT_CONTROLLER"],
    ["of a partition that has no state here", judged({}, { state: null }), "NOT_CONTROLLER"],
    ["from an old epoch", judged({ leaderEpoch: 4 }), "FENCED_LEADER_EPOCH"],
    ["from an old version", judged({ partitionEpoch: 6 }), "INVALID_UPDATE_VERSION"],
    ["from a broker that does not lead", judged({}, { proposer: 2, proposerEpoch: 20n }), "INVALID_REQUEST"],
    ["without its leader", judged({ isr: members(2, 3) }), "INVALID_REQUEST"],
    ["with a member twice", judged({ isr: members(1, 2, 2) }), "INVALID_REQUEST"],
    ["with one that is not assigned", judged({ isr: members(1, 9) }), "INVALID_REQUEST"],
    ["that begins to recover", judged({ isr: members(1), recovering: true }), "INVALID_REQUEST"],
    ["with one that is not registered", judged({ isr: members(1, 2, 4) }), "INELIGIBLE_REPLICA"],
    [
      "with an acknowledgement of an earlier process",
      judged({ isr: [...members(1, 2), { brokerId: 3, brokerEpoch: 29n }] }),
      "INELIGIBLE_REPLICA",
    ],
    [
      "with one that its leader has not heard, and that would join",
      judged({ isr: [...members(1, 2), { brokerId: 3, brokerEpoch: -1n }] }),
      "INELIGIBLE_REPLICA",
    ],
    ["with a suspect", judged({}, { standing: standing({ suspected: (id) => id === 3 }) }), "INELIGIBLE_REPLICA"],
    ["with a torn one", judged({}, { standing: standing({ torn: (id) => id === 3 }) }), "INELIGIBLE_REPLICA"],
    [
      "with one that is leaving",
      judged({}, { standing: standing({ leaving: (id) => id === 3 }) }),
      "INELIGIBLE_REPLICA",
    ],
    [
      "judged by its version before its members",
      judged({ partitionEpoch: 6, isr: members(1, 4) }),
      "INVALID_UPDATE_VERSION",
    ],
  ])("%s", (_, got, expected) => expect(got).toBe(expected));

  it("of a leader that has recovered takes the mark away", () => {
    const recovering = { ...STATE, isr: [1], recovering: true };
    expect(judged({ isr: members(1) }, { state: recovering })).toBe("write 1/5");
    expect(judged({ isr: members(1, 2), recovering: true }, { state: recovering })).toBe("INVALID_REQUEST");
  });

  describe("without one that lost its tail, beside a member that its leader has not heard under its epoch", () => {
    const three = { ...STATE, isr: [1, 2, 3] };
    const isr = [...members(1), { brokerId: 2, brokerEpoch: -1n }];

    it.each<[string, Partial<ReplicaStanding>]>([
      ["is written", {}],
      ["is written though that one is suspected", { suspected: (id) => id === 2 }],
      ["is written though that one is torn", { torn: (id) => id === 2 }],
      [
        "is written though that one is not there",
        { registered: (id) => id !== 2, brokerEpoch: (id) => (id === 2 ? undefined : BigInt(id) * 10n) },
      ],
    ])("%s: it is electable already", (_, changes) => {
      expect(judged({ isr }, { state: three, standing: standing(changes) })).toBe("write 1,2/5");
    });

    it("brings nobody back: a state without that one has another version", () => {
      expect(judged({ isr }, { state: { ...three, isr: [1, 3], partitionEpoch: 8 } })).toBe("INVALID_UPDATE_VERSION");
      expect(judged({ isr }, { state: { ...three, isr: [1, 3] } })).toBe("INELIGIBLE_REPLICA");
    });

    it("is refused when it names another incarnation of that one", () => {
      const reborn = [...members(1), { brokerId: 2, brokerEpoch: 19n }];
      expect(judged({ isr: reborn }, { state: three })).toBe("INELIGIBLE_REPLICA");
    });
  });

  it("may leave the leader's own broker epoch to its session", () => {
    expect(judged({ isr: [{ brokerId: 1, brokerEpoch: -1n }, ...members(2, 3)] })).toBe("write 1,2,3/5");
  });
});
