import {
  type ErrorName,
  type ProduceRequest,
  type ProduceResponseInput,
  produce,
  sequenceAfter,
} from "@ottla/protocol";
import type { Timer } from "@ottla/runtime";
import { validateProducedBatch } from "@ottla/storage";
import type { Partition } from "../partitions/partition";
import { type ProduceAppend, type ProduceOutcome, refused } from "../partitions/produce-append";
import { CurrentLeaders } from "./current-leader";
import { CLOSE_CONNECTION, type Handler, handles, NO_RESPONSE, type RequestContext } from "./handler";
import { isInternalTopic } from "./internal-topics";
import type { SequencePlace } from "./refused-sequences";

/**
 * Appends a batch to each partition named.
 *
 * Batches are checked and handed to their partitions before the first wait; the partitions write at the end of the tick, and the
 * answer goes out when every one of them is settled or the client's time is up.
 */
export const produceHandler: Handler<typeof produce> = handles(
  produce,
  [0, 11],
  (request, context) => {
    const round = new ProduceRound(request, context);
    return round.start(request);
  },
  { overlaps: true, admit },
);

/** Rule 37: a sixth unanswered batch of one producer for one partition waits, and the connection with it. */
function admit(request: ProduceRequest, { services }: RequestContext): Promise<void> | null {
  for (const topic of request.topicData) {
    for (const { index, records } of topic.partitionData) {
      const partition = services.partitions.get(topic.name, index);
      if (partition === undefined || partition.unanswered.isEmpty) continue;
      const producerId = batchHeaderOf(records)?.producerId ?? -1n;
      if (producerId >= 0n && partition.unanswered.isFull(producerId)) return partition.unanswered.whenAnswered();
    }
  }
  return null;
}

/** Filled in step by step: first what validation says, then what became of the batch. */
type PartitionAnswer = Writable<ProduceResponseInput["responses"][number]["partitionResponses"][number]>;
type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Responses = ProduceResponseInput["responses"];

/** One Produce request from its arrival to its answer. */
class ProduceRound {
  private readonly answers: PartitionAnswer[] = [];
  private readonly waiting = new Map<ProduceAppend, Partition>();
  private leaders: CurrentLeaders | null = null;
  private readonly responses: { name: string; partitionResponses: PartitionAnswer[] }[] = [];
  private timer: Timer | null = null;
  private failed = false;
  private finish: (() => void) | null = null;

  private readonly acks: number;
  private readonly timeoutMs: number;

  /** Keeps nothing of the request but numbers: its records may not outlive the tick because somebody waits. */
  constructor(
    { acks, timeoutMs }: ProduceRequest,
    private readonly context: RequestContext,
  ) {
    this.acks = acks;
    this.timeoutMs = timeoutMs;
  }

  start(request: ProduceRequest): Answer | Promise<Answer> {
    const { acks } = this;
    const wholeError = errorOfWholeRequest(request);
    for (const topic of request.topicData) {
      const partitionResponses: PartitionAnswer[] = [];
      this.responses.push({ name: topic.name, partitionResponses });
      for (const { index, records } of topic.partitionData) {
        const answer: PartitionAnswer = { index, errorCode: "NONE", baseOffset: -1n };
        partitionResponses.push(answer);
        this.answers.push(answer);
        if (wholeError !== null) this.settle(answer, topic.name, refused(wholeError), null);
        else if (acks === -1 || acks === 0 || acks === 1) this.append(topic.name, answer, records ?? [], acks);
      }
    }
    if (this.waiting.size === 0) return this.answer();
    return new Promise((resolve) => {
      this.finish = () => resolve(this.answer());
    });
  }

  private append(topic: string, answer: PartitionAnswer, records: readonly Buffer[], acks: -1 | 0 | 1): void {
    const { services, header, connection } = this.context;
    const place = placeOf(records);
    const partition = services.partitions.find(topic, answer.index);
    if (typeof partition === "string") return this.settle(answer, topic, refused(partition), place);
    if (isInternalTopic(topic) && header.clientId !== ADMIN_CLIENT_ID) {
      return this.settle(answer, topic, refused("INVALID_TOPIC_EXCEPTION"), place);
    }
    const standing = partition.checkProduce(acks);
    const behind = () =>
      place === null
        ? null
        : connection.refusedSequences.errorFor(`${topic}-${answer.index}`, place, () => nextSequence(partition, place));
    const error = standing === "NONE" ? (behind() ?? "NONE") : standing;
    if (error !== "NONE") return this.settle(answer, topic, refused(error, logStartFor(error, partition)), place);
    const verdict = validateProducedBatch({
      records,
      produceVersion: header.apiVersion,
      topicPartition: `${topic}-${answer.index}`,
      config: partition.produceRules,
      nowMs: services.clock.nowMs(),
    });
    if (verdict.kind === "refused") {
      answer.errorMessage = verdict.message;
      answer.recordErrors = verdict.recordErrors.map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      }));
      // Whether it is one batch of today's format Kafka looks at before it looks at the log.
      const logStartOffset = isOneBatch(records) ? logStartFor(verdict.error, partition) : -1;
      return this.settle(answer, topic, refused(verdict.error, logStartOffset), place);
    }
    const append: ProduceAppend = {
      batch: verdict.batch,
      logAppendTimeMs: verdict.info.logAppendTime,
      producerId: verdict.info.producerId,
      acks,
      abandoned: false,
      mustWait: () => this.startTimer(),
      settle: (outcome) => {
        this.waiting.delete(append);
        this.settle(answer, topic, outcome, place);
        if (this.waiting.size === 0) this.finished();
      },
    };
    this.waiting.set(append, partition);
    partition.enqueue(append);
  }

  private settle(answer: PartitionAnswer, topic: string, outcome: ProduceOutcome, place: SequencePlace | null): void {
    answer.errorCode = outcome.error;
    answer.baseOffset = BigInt(outcome.baseOffset);
    answer.logAppendTimeMs = BigInt(outcome.logAppendTimeMs);
    answer.logStartOffset = BigInt(outcome.logStartOffset);
    if (outcome.error === "NONE") return;
    this.failed = true;
    if (place !== null)
      this.context.connection.refusedSequences.refused(`${topic}-${answer.index}`, place, outcome.error);
    if (outcome.error === "NOT_LEADER_OR_FOLLOWER" && this.context.header.apiVersion >= CURRENT_LEADER_VERSION) {
      this.leaders ??= new CurrentLeaders(this.context.services, this.context.connection.listenerName);
      answer.currentLeader = this.leaders.of(topic, answer.index);
    }
  }

  /** Only a request that outlives its tick needs a deadline. */
  private startTimer(): void {
    if (this.timer !== null || this.waiting.size === 0) return;
    this.timer = this.context.services.clock.setTimer(Math.max(0, this.timeoutMs), () => this.timedOut());
  }

  private timedOut(): void {
    for (const [append, partition] of this.waiting) {
      partition.abandon(append);
      append.settle(refused("REQUEST_TIMED_OUT"));
    }
  }

  private finished(): void {
    this.timer?.cancel();
    this.timer = null;
    const { finish } = this;
    this.finish = null;
    finish?.();
  }

  private answer(): Answer {
    if (this.acks === 0) return this.failed ? CLOSE_CONNECTION : NO_RESPONSE;
    const responses: Responses = this.responses;
    return this.leaders === null ? { responses } : { responses, nodeEndpoints: this.leaders.nodeEndpoints };
  }
}

type Answer = ProduceResponseInput | typeof NO_RESPONSE | typeof CLOSE_CONNECTION;

/** Kafka's own admin tool, which may write internal topics. */
const ADMIN_CLIENT_ID = "__admin_client";
const CURRENT_LEADER_VERSION = 10;

function errorOfWholeRequest({
  acks,
  topicData,
}: ProduceRequest): "INVALID_REQUIRED_ACKS" | "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" | null {
  // Without transactions nobody may write into one; with a transactional id or without, that is this error.
  const isTransactional = topicData.some((topic) =>
    topic.partitionData.some(({ records }) => batchHeaderOf(records)?.isTransactional),
  );
  if (isTransactional) return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
  return acks === -1 || acks === 0 || acks === 1 ? null : "INVALID_REQUIRED_ACKS";
}

/** Kafka names the log start with errors that came from looking at the log, not with those that say "not here" or "not like this". */
function logStartFor(error: ErrorName, partition: Partition): number {
  return WITHOUT_LOG_START.has(error) ? -1 : partition.log.logStartOffset;
}

const WITHOUT_LOG_START: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "NOT_LEADER_OR_FOLLOWER",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "CORRUPT_MESSAGE",
  "KAFKA_STORAGE_ERROR",
]);

/** What may be known of a batch before it is validated. Null where there is no whole header of magic 2. */
function batchHeaderOf(
  records: readonly Buffer[] | null,
): { readonly producerId: bigint; readonly isTransactional: boolean } | null {
  const first = records?.[0];
  if (first === undefined || first.length < BATCH_HEADER_BYTES || first[MAGIC_POSITION] !== 2) return null;
  return {
    producerId: first.readBigInt64BE(PRODUCER_ID_POSITION),
    isTransactional: (first.readInt16BE(ATTRIBUTES_POSITION) & TRANSACTIONAL_BIT) !== 0,
  };
}

/** Where an idempotent producer's batch stands among its others; null for any other batch. */
function placeOf(records: readonly Buffer[]): SequencePlace | null {
  const [first] = records;
  const producerId = batchHeaderOf(records)?.producerId ?? -1n;
  if (first === undefined || producerId < 0n) return null;
  return {
    producerId,
    producerEpoch: first.readInt16BE(PRODUCER_EPOCH_POSITION),
    baseSequence: first.readInt32BE(BASE_SEQUENCE_POSITION),
  };
}

/** What the log expects next of a batch's producer in its epoch; null when it has nothing of it. */
function nextSequence({ log }: Partition, { producerId, producerEpoch }: SequencePlace): number | null {
  const entry = log.producers().find((producer) => producer.producerId === producerId);
  const last = entry?.producerEpoch === producerEpoch ? entry.batches.at(-1) : undefined;
  return last === undefined ? null : sequenceAfter(last.lastSequence, 1);
}

function isOneBatch([first]: readonly Buffer[]): boolean {
  if (first === undefined || first.length < BATCH_HEADER_BYTES || first[MAGIC_POSITION] !== 2) return false;
  return first.readInt32BE(LENGTH_POSITION) + LENGTH_POSITION + 4 === first.length;
}

/** Positions in a batch of magic 2, from its first byte. */
const LENGTH_POSITION = 8;
const MAGIC_POSITION = 16;
const ATTRIBUTES_POSITION = 21;
const PRODUCER_ID_POSITION = 43;
const PRODUCER_EPOCH_POSITION = 51;
const BASE_SEQUENCE_POSITION = 53;
const BATCH_HEADER_BYTES = 61;
const TRANSACTIONAL_BIT = 0x10;
