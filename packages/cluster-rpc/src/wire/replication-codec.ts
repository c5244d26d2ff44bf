import { ottla } from "../../generated/cluster";
import type {
  Ack,
  Attach,
  AttachAnswer,
  Detach,
  FollowerToLeader,
  LeaderToFollower,
  Progress,
  Push,
} from "../messages/replication";
import { type Codec, type Goodbye, MalformedMessage, type StreamCodecs } from "./codec";
import { pushFrame } from "./push-frame";
import { asBigInt, asNumber, codecOf, fromBigInt, list, type Names, named, required } from "./values";

import v1 = ottla.cluster.v1;

const followerMessages: Codec<FollowerToLeader | Goodbye> = codecOf(
  v1.FollowerMessage,
  followerMessageToWire,
  followerMessageFromWire,
);
const smallLeaderMessages = codecOf(v1.LeaderMessage, leaderMessageToWire, leaderMessageFromWire);

/** `Replication.Replicate`. */
export const replicationCodecs: StreamCodecs<
  FollowerToLeader,
  LeaderToFollower<"received">,
  LeaderToFollower,
  FollowerToLeader
> = {
  path: "/ottla.cluster.v1.Replication/Replicate",
  fromClient: followerMessages,
  fromServer: {
    encode: (message) => (message.kind === "push" ? pushFrame(message) : smallLeaderMessages.encode(message)),
    decode: (bytes) => smallLeaderMessages.decode(bytes),
  },
};

function followerMessageToWire(message: FollowerToLeader | Goodbye): v1.FollowerMessage.$Properties {
  switch (message.kind) {
    case "hello":
      return {
        hello: {
          brokerId: message.brokerId,
          brokerEpoch: fromBigInt(message.brokerEpoch),
          incarnation: message.incarnation,
          expectedLeaderId: message.expectedLeaderId,
        },
      };
    case "attach":
      return { attach: { partitions: list(message.partitions) } };
    case "ack":
      return { ack: { partitions: list(message.partitions) } };
    case "detach":
      return { detach: { partitions: list(message.partitions) } };
    case "throttle":
      return { throttle: { partitions: list(message.partitions), creditBytes: message.creditBytes } };
    case "goodbye":
      return { goodbye: { reason: message.reason } };
  }
}

function followerMessageFromWire(message: v1.FollowerMessage.$Properties): FollowerToLeader | Goodbye {
  if (message.ack) return { kind: "ack", partitions: (message.ack.partitions ?? []).map(ackFromWire) };
  if (message.attach) return { kind: "attach", partitions: (message.attach.partitions ?? []).map(attachFromWire) };
  if (message.detach) return { kind: "detach", partitions: (message.detach.partitions ?? []).map(detachFromWire) };
  if (message.throttle) {
    const { partitions, creditBytes } = message.throttle;
    return {
      kind: "throttle",
      partitions: (partitions ?? []).map(({ attachId, throttled }) => ({
        attachId: attachId ?? 0,
        throttled: throttled ?? false,
      })),
      creditBytes: asNumber(creditBytes),
    };
  }
  if (message.hello) {
    return {
      kind: "hello",
      brokerId: message.hello.brokerId ?? 0,
      brokerEpoch: asBigInt(message.hello.brokerEpoch),
      incarnation: message.hello.incarnation ?? "",
      expectedLeaderId: message.hello.expectedLeaderId ?? 0,
    };
  }
  if (message.goodbye) return { kind: "goodbye", reason: message.goodbye.reason ?? "" };
  throw new MalformedMessage("a follower's message of no known kind");
}

function ackFromWire(ack: v1.Ack.$Properties): Ack {
  return {
    attachId: ack.attachId ?? 0,
    leaderEpoch: ack.leaderEpoch ?? 0,
    endOffset: asNumber(ack.endOffset),
    logStartOffset: asNumber(ack.logStartOffset),
  };
}

function attachFromWire(attach: v1.Attach.$Properties): Attach {
  return {
    topicId: attach.topicId ?? "",
    partition: attach.partition ?? 0,
    attempt: attach.attempt ?? 0,
    leaderEpoch: attach.leaderEpoch ?? 0,
    logEndOffset: asNumber(attach.logEndOffset),
    lastEpoch: attach.lastEpoch ?? 0,
    logStartOffset: asNumber(attach.logStartOffset),
    throttled: attach.throttled ?? false,
  };
}

function detachFromWire(detach: v1.Detach.$Properties): Detach {
  return {
    attachId: detach.attachId ?? 0,
    leaderEpoch: detach.leaderEpoch ?? 0,
    newLeaderEpoch: detach.newLeaderEpoch ?? 0,
    newLeader: detach.newLeader ?? 0,
  };
}

type SmallLeaderMessage = Exclude<LeaderToFollower, { kind: "push" }> | Goodbye;

function leaderMessageToWire(message: SmallLeaderMessage): v1.LeaderMessage.$Properties {
  switch (message.kind) {
    case "welcome":
      return {
        welcome: {
          brokerId: message.brokerId,
          brokerEpoch: fromBigInt(message.brokerEpoch),
          incarnation: message.incarnation,
        },
      };
    case "attachAnswers":
      return { attachAnswers: { answers: message.answers.map(answerToWire) } };
    case "progress":
      return { progress: { partitions: list(message.partitions) } };
    case "goodbye":
      return { goodbye: { reason: message.reason } };
  }
}

function leaderMessageFromWire(message: v1.LeaderMessage.$Properties): LeaderToFollower<"received"> | Goodbye {
  if (message.push) return { kind: "push", partitions: (message.push.partitions ?? []).map(pushFromWire) };
  if (message.progress)
    return { kind: "progress", partitions: (message.progress.partitions ?? []).map(progressFromWire) };
  if (message.attachAnswers)
    return { kind: "attachAnswers", answers: (message.attachAnswers.answers ?? []).map(answerFromWire) };
  if (message.welcome) {
    return {
      kind: "welcome",
      brokerId: message.welcome.brokerId ?? 0,
      brokerEpoch: asBigInt(message.welcome.brokerEpoch),
      incarnation: message.welcome.incarnation ?? "",
    };
  }
  if (message.goodbye) return { kind: "goodbye", reason: message.goodbye.reason ?? "" };
  throw new MalformedMessage("a leader's message of no known kind");
}

function pushFromWire(push: v1.Push.$Properties): Push<"received"> {
  return {
    attachId: push.attachId ?? 0,
    leaderEpoch: push.leaderEpoch ?? 0,
    from: asNumber(push.from),
    highWatermark: asNumber(push.highWatermark),
    logStartOffset: asNumber(push.logStartOffset),
    records: viewOf(push.records),
    credited: push.credited ?? false,
  };
}

function viewOf(bytes: Uint8Array | null | undefined): Buffer {
  if (bytes === null || bytes === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function progressFromWire(progress: v1.Progress.$Properties): Progress {
  return {
    attachId: progress.attachId ?? 0,
    leaderEpoch: progress.leaderEpoch ?? 0,
    highWatermark: asNumber(progress.highWatermark),
    logStartOffset: asNumber(progress.logStartOffset),
  };
}

function answerToWire(answer: AttachAnswer): v1.AttachAnswer.$Properties {
  const { topicId, partition, attempt, leaderEpoch } = answer;
  const header = { topicId, partition, attempt, leaderEpoch };
  switch (answer.outcome) {
    case "attached": {
      const { attachId, highWatermark, logStartOffset } = answer;
      return { ...header, attached: { attachId, highWatermark, logStartOffset } };
    }
    case "diverged":
      return { ...header, diverged: { epoch: answer.epoch, endOffset: answer.endOffset } };
    case "restart":
      return { ...header, restart: { logStartOffset: answer.logStartOffset } };
    case "fenced":
      return { ...header, fenced: {} };
    case "refused":
      return { ...header, refused: { error: answer.error } };
  }
}

function answerFromWire(answer: v1.AttachAnswer.$Properties): AttachAnswer {
  const header = {
    topicId: answer.topicId ?? "",
    partition: answer.partition ?? 0,
    attempt: answer.attempt ?? 0,
    leaderEpoch: answer.leaderEpoch ?? 0,
  };
  if (answer.attached) {
    return {
      ...header,
      outcome: "attached",
      attachId: answer.attached.attachId ?? 0,
      highWatermark: asNumber(answer.attached.highWatermark),
      logStartOffset: asNumber(answer.attached.logStartOffset),
    };
  }
  if (answer.diverged) {
    const { epoch, endOffset } = answer.diverged;
    return { ...header, outcome: "diverged", epoch: epoch ?? 0, endOffset: asNumber(endOffset) };
  }
  if (answer.restart) return { ...header, outcome: "restart", logStartOffset: asNumber(answer.restart.logStartOffset) };
  if (answer.fenced) return { ...header, outcome: "fenced" };
  const refused = required(answer.refused, "the outcome of an attach");
  return { ...header, outcome: "refused", error: named(REFUSALS, refused.error, "UNKNOWN_SERVER_ERROR") };
}

const REFUSALS: Names<Extract<AttachAnswer, { outcome: "refused" }>["error"]> = {
  NOT_LEADER_OR_FOLLOWER: true,
  UNKNOWN_TOPIC_ID: true,
  KAFKA_STORAGE_ERROR: true,
  UNKNOWN_SERVER_ERROR: true,
};
