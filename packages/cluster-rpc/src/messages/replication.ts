/**
 * What a follower and a leader say to each other (replication rules 1-14, 22, 33). The follower dials. Everything a tick has to say travels in one
 * message of each kind: messages hold lists, so that a thousand partitions cost one write.
 */

export type FollowerToLeader = FollowerHello | AttachMessage | AckMessage | DetachMessage | ThrottleMessage;

/**
 * Sent, records are the chunks as they lie in memory and go out without being joined; received, they are one view into
 * the received message.
 */
export type LeaderToFollower<Side extends "sent" | "received" = "sent"> =
  | LeaderWelcome
  | AttachAnswers
  | PushMessage<Side>
  | ProgressMessage;

/** The follower's first message, before anything else. */
export interface FollowerHello {
  readonly kind: "hello";
  readonly brokerId: number;
  /** czxid of the follower's registration. */
  readonly brokerEpoch: bigint;
  /** Names the follower's process for its lifetime. */
  readonly incarnation: string;
  /** The broker id that the follower believes it dialled; another one closes the stream. */
  readonly expectedLeaderId: number;
}

/** The leader's first message, in answer to the hello. */
export interface LeaderWelcome {
  readonly kind: "welcome";
  readonly brokerId: number;
  /** czxid of the leader's registration. */
  readonly brokerEpoch: bigint;
  /** Names the leader's process for its lifetime. */
  readonly incarnation: string;
}

/** Partitions that ask to join the stream. */
export interface AttachMessage {
  readonly kind: "attach";
  readonly partitions: readonly Attach[];
}

export interface Attach {
  /** 22 characters, base64url. */
  readonly topicId: string;
  readonly partition: number;
  /** Chosen by the follower and echoed in the answer: an answer to an earlier attempt at the same partition is known by it. 0 to 2^32-1. */
  readonly attempt: number;
  readonly leaderEpoch: number;
  /** The follower's log end offset: the first offset it lacks. */
  readonly logEndOffset: number;
  /** Leader epoch of the follower's last batch; -1 when its log holds none. */
  readonly lastEpoch: number;
  readonly logStartOffset: number;
  /** Whether records for it are pushed against the follower's credit while it is not in sync; see `ThrottleMessage`. */
  readonly throttled: boolean;
}

/** Answers to attaches, in any order. An attach ahead of the leader's epoch is answered only when the leader gets there. */
export interface AttachAnswers {
  readonly kind: "attachAnswers";
  readonly answers: readonly AttachAnswer[];
}

export type AttachAnswer = AttachAnswerHeader &
  (
    | {
        readonly outcome: "attached";
        /** Chosen by the leader, unique within the stream; pushes, acks and progress carry it. 0 to 2^32-1. */
        readonly attachId: number;
        readonly highWatermark: number;
        readonly logStartOffset: number;
      }
    | {
        /** The logs differ: where the leader's greatest epoch not above the follower's last one ends. The follower truncates and asks again. */
        readonly outcome: "diverged";
        /** -1 when the leader knows no such epoch. */
        readonly epoch: number;
        /** -1 when the leader knows no such epoch. */
        readonly endOffset: number;
      }
    | {
        /** The follower ends below the leader's log: it begins anew there. */
        readonly outcome: "restart";
        readonly logStartOffset: number;
      }
    | {
        /** `leaderEpoch` is the leader's, and higher than the one asked with. */
        readonly outcome: "fenced";
      }
    | {
        /** This broker neither leads the partition nor will: it does not host it, or its log is offline. */
        readonly outcome: "refused";
        readonly error: "NOT_LEADER_OR_FOLLOWER" | "UNKNOWN_TOPIC_ID" | "KAFKA_STORAGE_ERROR" | "UNKNOWN_SERVER_ERROR";
      }
  );

export interface AttachAnswerHeader {
  readonly topicId: string;
  readonly partition: number;
  /** The attempt answered. */
  readonly attempt: number;
  /** The leader's epoch. */
  readonly leaderEpoch: number;
}

/** How far the follower's logs reach, read when the message leaves: one for each tick. */
export interface AckMessage {
  readonly kind: "ack";
  readonly partitions: readonly Ack[];
}

export interface Ack {
  readonly attachId: number;
  readonly leaderEpoch: number;
  /** The follower holds every record before this offset. */
  readonly endOffset: number;
  /** The follower's own log start offset: what a DeleteRecords waits for. */
  readonly logStartOffset: number;
}

/** The follower leaves: it has heard of a higher leader epoch (replication rule 11), or, in the same epoch, its replica is no more or its disk failed. */
export interface DetachMessage {
  readonly kind: "detach";
  readonly partitions: readonly Detach[];
}

export interface Detach {
  readonly attachId: number;
  readonly leaderEpoch: number;
  readonly newLeaderEpoch: number;
  /** Broker id; -1 when there is none. */
  readonly newLeader: number;
}

/**
 * What the follower's throttle lets through (KIP-73). A stream begins without credit; what is pushed to throttled partitions that are not in
 * sync uses it up. A batch larger than what is left may go: the credit is below zero then.
 */
export interface ThrottleMessage {
  readonly kind: "throttle";
  /** Partitions whose throttling has changed since they attached. */
  readonly partitions: readonly { readonly attachId: number; readonly throttled: boolean }[];
  /** Bytes beyond those allowed before; negative to take back what has not been used. */
  readonly creditBytes: number;
}

/** Records, of one or several partitions. At most 256 KiB unless a single batch is larger. */
export interface PushMessage<Side extends "sent" | "received" = "sent"> {
  readonly kind: "push";
  readonly partitions: readonly Push<Side>[];
}

export interface Push<Side extends "sent" | "received" = "sent"> extends Progress {
  /** The follower's log end offset that these records continue; the first batch may begin above it (a compacted log has gaps). */
  readonly from: number;
  /** Whole record batches as they lie in the leader's log. */
  readonly records: Side extends "sent" ? Uint8Array | readonly Uint8Array[] : Buffer;
  /** Whether these records used up the follower's credit: both ends must count the same. */
  readonly credited: boolean;
}

/** High watermarks and log starts that moved without records to go along with. */
export interface ProgressMessage {
  readonly kind: "progress";
  readonly partitions: readonly Progress[];
}

export interface Progress {
  readonly attachId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
}
