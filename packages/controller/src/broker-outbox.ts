import { type Clock, explain, InvariantViolation, type Logger, sleep } from "@ottla/runtime";
import type {
  BrokerChannel,
  BrokerCommand,
  BrokerInfo,
  BrokerReply,
  CommandHeader,
  PartitionAssignment,
  PartitionIdentity,
  PartitionMetadata,
  StoppedReplica,
} from "./broker-channel";

const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1000;

export interface OutboxOptions {
  readonly channel: BrokerChannel;
  readonly broker: BrokerInfo;
  readonly header: CommandHeader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every replica of the broker, and all metadata, as they stand when a full command leaves. */
  readonly fullAssignments: () => readonly PartitionAssignment[];
  readonly fullMetadata: () => readonly PartitionMetadata[];
  readonly brokers: () => readonly BrokerInfo[];
  /** Whether the broker stands in no ISR on the strength of a tail that it may have lost. */
  readonly tailSettled: () => boolean;
  /** Told of each acknowledged command. */
  readonly onReply: (command: BrokerCommand, reply: BrokerReply) => void;
}

/**
 * What one incarnation of a broker has yet to be told. Commands leave one at a time and are repeated until acknowledged. What piles up
 * meanwhile is merged: for each partition the last word counts, so that the outbox is never larger than the cluster.
 *
 * The first commands are full: all assignments, then, once the broker leads what it should lead, all metadata.
 */
export class BrokerOutbox {
  private fullAssignmentsDue = true;
  private fullMetadataDue = true;
  private brokersDue = false;
  private tailDue = false;
  private tailTold = false;
  private readonly assignments = new Map<string, PartitionAssignment>();
  private readonly metadata = new Map<string, PartitionMetadata>();
  private readonly stops = new Map<string, StoppedReplica>();
  private readonly closing = new AbortController();
  private opened = false;
  private sending = false;
  /** Assignments in the command that is being delivered. */
  private underWay: readonly PartitionAssignment[] = [];

  constructor(private readonly options: OutboxOptions) {}

  /** Starts with the full commands, as they stand when they leave. Until then it only collects. */
  open(): void {
    this.opened = true;
    this.wake();
  }

  assign(assignments: readonly PartitionAssignment[]): void {
    for (const assignment of assignments) {
      this.assignments.set(keyOf(assignment), assignment);
      this.stops.delete(keyOf(assignment));
    }
    this.wake();
  }

  tellMetadata(partitions: readonly PartitionMetadata[]): void {
    for (const partition of partitions) this.metadata.set(keyOf(partition), partition);
    this.wake();
  }

  tellBrokers(): void {
    this.brokersDue = true;
    this.wake();
  }

  stop(replicas: readonly StoppedReplica[]): void {
    for (const replica of replicas) {
      this.stops.set(keyOf(replica), replica);
      this.assignments.delete(keyOf(replica));
    }
    this.wake();
  }

  /** Assignments that the broker has not acknowledged, as far as they were made since the full command left. */
  unacknowledged(): PartitionAssignment[] {
    return [...this.underWay, ...this.assignments.values()];
  }

  /** Begins anew with all assignments, as though the session had just opened. */
  assignAll(): void {
    this.fullAssignmentsDue = true;
    this.wake();
  }

  /** Tells the broker that all that hung on its tail is settled, unless it has been told; without any assignment, if there is none. */
  tellTailSettled(): void {
    if (this.tailTold) return;
    this.tailDue = true;
    this.wake();
  }

  /** The broker is gone or the term is over: whatever is unsent is dropped, what is under way is aborted. */
  close(): void {
    this.closing.abort();
  }

  private wake(): void {
    if (!this.opened || this.sending || this.closing.signal.aborted) return;
    this.sending = true;
    void this.drain();
  }

  private async drain(): Promise<void> {
    // Whatever the present event still adds leaves together.
    await Promise.resolve();
    while (!this.closing.signal.aborted) {
      const command = this.next();
      if (command === null) break;
      this.underWay = command.kind === "leaderAndIsr" ? command.partitions : [];
      const reply = await this.deliver(command);
      if (reply !== null) this.underWay = [];
      if (reply !== null) this.options.onReply(command, reply);
    }
    this.sending = false;
  }

  /** Assignments leave before metadata, so that a leader hears first; stops leave last. */
  private next(): BrokerCommand | null {
    const { header, brokers } = this.options;
    if (this.fullAssignmentsDue) {
      this.fullAssignmentsDue = false;
      this.assignments.clear();
      const partitions = this.options.fullAssignments();
      return this.assignmentCommand(partitions, true);
    }
    if (this.assignments.size > 0 || this.tailDue) return this.assignmentCommand(drained(this.assignments), false);
    if (this.fullMetadataDue) {
      this.fullMetadataDue = false;
      this.brokersDue = false;
      this.metadata.clear();
      return {
        ...header,
        kind: "updateMetadata",
        brokers: brokers(),
        partitions: this.options.fullMetadata(),
        full: true,
      };
    }
    if (this.metadata.size > 0 || this.brokersDue) {
      this.brokersDue = false;
      return {
        ...header,
        kind: "updateMetadata",
        brokers: brokers(),
        partitions: drained(this.metadata),
        full: false,
      };
    }
    if (this.stops.size > 0) return { ...header, kind: "stopReplica", partitions: drained(this.stops) };
    return null;
  }

  private assignmentCommand(partitions: readonly PartitionAssignment[], full: boolean): BrokerCommand {
    const liveLeaders = this.leadersOf(partitions);
    this.tailDue = false;
    const tailSettled = this.options.tailSettled();
    this.tailTold ||= tailSettled;
    return { ...this.options.header, kind: "leaderAndIsr", partitions, liveLeaders, full, tailSettled };
  }

  private leadersOf(partitions: readonly PartitionAssignment[]): BrokerInfo[] {
    const leaders = new Set(partitions.map((partition) => partition.leader));
    return this.options.brokers().filter((broker) => leaders.has(broker.id));
  }

  /** @returns null when the outbox closed first */
  private async deliver(command: BrokerCommand): Promise<BrokerReply | null> {
    const { channel, clock, logger, broker } = this.options;
    const { signal } = this.closing;
    for (let delayMs = RETRY_MS_MIN; !signal.aborted; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        const reply = await channel.send(broker.id, command, signal);
        if (signal.aborted) return null;
        if (reply.error !== "UNKNOWN_SERVER_ERROR") return reply;
        logger.warn("a broker failed at a command, it is sent again", { broker: broker.id, command: command.kind });
      } catch (failure) {
        if (failure instanceof InvariantViolation) throw failure;
        if (signal.aborted) return null;
        logger.info("a broker did not answer a command, it is sent again", {
          broker: broker.id,
          command: command.kind,
          failure: explain(failure),
        });
      }
      await sleep(clock, delayMs, signal).catch(() => {
        // Only the closing of this outbox ends the sleep early; the loop's condition sees it.
      });
    }
    return null;
  }
}

function keyOf(partition: PartitionIdentity): string {
  return `${partition.topicId}/${partition.partition}`;
}

function drained<T>(map: Map<string, T>): T[] {
  const values = [...map.values()];
  map.clear();
  return values;
}
