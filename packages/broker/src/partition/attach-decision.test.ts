import { type AttachRequest, type AttachView, judgeAttach } from "./attach-decision";

/** Epoch 1 from 0, epoch 3 from 50, epoch 5 from 90; the log ends at 100 and begins at 10. */
const view: AttachView = {
  leaderEpoch: 5,
  isLeader: true,
  isReplica: true,
  isOffline: false,
  logStartOffset: 10,
  logEndOffset: 100,
  endOffsetFor: (epoch) => {
    if (epoch >= 5) return epoch === 5 ? { epoch: 5, endOffset: 100 } : { epoch: -1, endOffset: -1 };
    return epoch >= 3 ? { epoch: 3, endOffset: 90 } : { epoch: 1, endOffset: 50 };
  },
};
const request: AttachRequest = { leaderEpoch: 5, logEndOffset: 90, lastEpoch: 3 };

describe("a follower that asks to join", () => {
  it.each<[string, Partial<AttachRequest>, Partial<AttachView>, object]>([
    ["a prefix that ends with an epoch", {}, {}, { kind: "attached" }],
    ["a prefix that ends inside an epoch", { logEndOffset: 60 }, {}, { kind: "attached" }],
    ["all there is", { logEndOffset: 100, lastEpoch: 5 }, {}, { kind: "attached" }],
    ["more of an epoch than we have", { logEndOffset: 95 }, {}, { kind: "diverged", epoch: 3, endOffset: 90 }],
    [
      "an epoch that we never had",
      { logEndOffset: 60, lastEpoch: 2 },
      {},
      { kind: "diverged", epoch: 1, endOffset: 50 },
    ],
    ["an empty log at our start", { logEndOffset: 10, lastEpoch: -1 }, {}, { kind: "attached" }],
    ["an empty log below our start", { logEndOffset: 0, lastEpoch: -1 }, {}, { kind: "restart", logStartOffset: 10 }],
    ["an empty log beyond our end", { logEndOffset: 101, lastEpoch: -1 }, {}, { kind: "restart", logStartOffset: 10 }],
    ["a log that ends below our start", { logEndOffset: 9, lastEpoch: 1 }, {}, { kind: "restart", logStartOffset: 10 }],
    ["an epoch behind", { leaderEpoch: 4 }, {}, { kind: "fenced" }],
    ["an epoch ahead", { leaderEpoch: 6 }, {}, { kind: "park" }],
    ["though it is no replica that we know of", {}, { isReplica: false }, { kind: "park" }],
    ["of one that follows itself", {}, { isLeader: false }, { kind: "refused", error: "NOT_LEADER_OR_FOLLOWER" }],
    ["of one whose disk is gone", {}, { isOffline: true }, { kind: "refused", error: "KAFKA_STORAGE_ERROR" }],
    ["of one that was not told anything yet", {}, { leaderEpoch: -1, isLeader: false }, { kind: "park" }],
  ])("with %s", (_what, asked, known, verdict) => {
    expect(judgeAttach({ ...request, ...asked }, { ...view, ...known })).toEqual(verdict);
  });
});
