import type { MemoryTransaction } from "@ottla/coordination";
import { EnsembleHistory } from "./ensemble-history";
import { Judge } from "./invariants";
import { ReferenceLog } from "./reference-log";
import { ReplicaRecord } from "./replica-record";
import type { LivePartition } from "./settled";
import { type Replica, type Replicas, type Watch, WatchedReplica } from "./watched-replica";

export interface MonitorOptions {
  /** The ensemble's log, which grows. */
  readonly transactions: () => readonly MemoryTransaction[];
  /** `min.insync.replicas` of a topic. */
  readonly minInsyncReplicas: (topic: string) => number;
}

interface WatchedProcess {
  readonly replicas: Replicas;
  readonly watched: Map<Replica, WatchedReplica>;
}

/**
 * Looks at every replica of every process after each event, and at each of the ensemble's transactions, and holds all of it to the
 * invariants.
 */
export class ClusterMonitor implements Watch {
  readonly judge = new Judge();
  readonly ensemble = new EnsembleHistory(this.judge);
  private readonly processes = new Map<number, WatchedProcess>();
  private readonly records = new Map<string, Map<number, ReplicaRecord>>();
  private readonly references = new Map<string, ReferenceLog>();
  private readonly leaders = new Map<string, Replicas>();
  private readonly values = new Map<string, Map<number, number>>();
  private transactionsSeen = 0;
  private told: Told[] = [];

  constructor(private readonly options: MonitorOptions) {}

  /** A process of a broker has begun; whatever the one before it did is over. */
  watch(brokerId: number, replicas: Replicas): void {
    this.processes.set(brokerId, { replicas, watched: new Map() });
  }

  /** The broker's machine lost power: what was not synced may be gone. Its process is no more. */
  lostPower(brokerId: number): void {
    this.processes.delete(brokerId);
    this.doubtDisk(brokerId);
  }

  /** The broker's disk was emptied. Its process is no more. */
  lostDisk(brokerId: number): void {
    this.processes.delete(brokerId);
    this.doubtDisk(brokerId, "nothing");
  }

  /** Bits have flipped in the broker's files; its process runs on. */
  damagedDisk(brokerId: number): void {
    for (const ofPartition of this.records.values()) {
      const record = ofPartition.get(brokerId);
      if (record !== undefined) record.damage = "in sync";
    }
  }

  /** The broker's disk may not keep what was written to it. */
  doubtDisk(brokerId: number, owes: "what was synced" | "nothing" = "what was synced"): void {
    for (const ofPartition of this.records.values()) {
      const record = ofPartition.get(brokerId);
      if (record === undefined) continue;
      record.isTorn = true;
      if (record.owes !== "nothing") record.owes = owes;
    }
  }

  /** To be called after each event. @throws InvariantBroken */
  step(): void {
    const transactions = this.options.transactions();
    if (transactions.length !== this.transactionsSeen) {
      this.transactionsSeen = transactions.length;
      this.ensemble.follow(transactions);
      this.forgive();
    }
    for (const [brokerId, { replicas, watched }] of this.processes) {
      let count = 0;
      for (const replica of replicas.all()) {
        count++;
        const known = watched.get(replica) ?? this.begin(brokerId, replicas, watched, replica);
        known?.lookAtLog();
      }
      if (count < watched.size) this.dropVanished(brokerId, replicas, watched);
    }
    for (const { watched } of this.processes.values()) for (const replica of watched.values()) replica.lookAtRole();
    if (this.told.length === 0) return;
    const { told } = this;
    this.told = [];
    for (const one of told) this.judgeTold(one);
  }

  /** A client was told that its record is committed at an offset. Judged at the next step. */
  acknowledged(topic: string, index: number, offset: number, value: number): void {
    this.told.push({ invariant: "acknowledgement", topic, index, offset, value });
  }

  /** A consumer was given a record. Judged at the next step. */
  consumed(topic: string, index: number, offset: number, value: number): void {
    this.told.push({ invariant: "read-committed", topic, index, offset, value });
  }

  recordOf(key: string, brokerId: number): ReplicaRecord | null {
    return this.records.get(key)?.get(brokerId) ?? null;
  }

  leads(key: string, leaderEpoch: number, process: Replicas): Replicas {
    const name = `${key} ${leaderEpoch}`;
    const known = this.leaders.get(name);
    if (known === undefined) this.leaders.set(name, process);
    return known ?? process;
  }

  minInsyncReplicas(topic: string): number {
    return this.options.minInsyncReplicas(topic);
  }

  /** What is known of a partition above its replicas. */
  referenceOf(topic: string, index: number): ReferenceLog | undefined {
    const partition = this.ensemble.named(topic, index);
    return partition === undefined ? undefined : this.references.get(partition.key);
  }

  /** Partitions of the topics that there are, with the replicas that live. */
  *livePartitions(): Generator<LivePartition, void> {
    for (const partition of this.ensemble.partitions()) {
      const replicas = new Map<number, Replica>();
      for (const [brokerId, process] of this.processes) {
        const replica = process.replicas.get(partition.topic, partition.index);
        if (replica !== undefined) replicas.set(brokerId, replica);
      }
      yield { partition, replicas };
    }
  }

  private begin(
    brokerId: number,
    process: Replicas,
    watched: Map<Replica, WatchedReplica>,
    replica: Replica,
  ): WatchedReplica | null {
    const { topicId } = replica.log;
    if (topicId === null) return null;
    const key = `${topicId}-${replica.index}`;
    const name = `${replica.topic}-${replica.index}`;
    let reference = this.references.get(key);
    if (reference === undefined) this.references.set(key, (reference = new ReferenceLog(name, this.judge)));
    let ofPartition = this.records.get(key);
    if (ofPartition === undefined) this.records.set(key, (ofPartition = new Map()));
    let record = ofPartition.get(brokerId);
    if (record === undefined) ofPartition.set(brokerId, (record = new ReplicaRecord(name, brokerId, this.judge)));
    const made = new WatchedReplica(this, process, replica, record, reference, key);
    watched.set(replica, made);
    return made;
  }

  /** Replicas that a process serves no more. One that was taken away from this broker is deleted with its log. */
  private dropVanished(brokerId: number, replicas: Replicas, watched: Map<Replica, WatchedReplica>): void {
    const present = new Set(replicas.all());
    for (const [replica, { record }] of watched) {
      if (present.has(replica)) continue;
      watched.delete(replica);
      const key = `${replica.log.topicId}-${replica.index}`;
      const partition = this.ensemble.get(key);
      const isDeleted = partition === undefined || this.ensemble.named(partition.topic, partition.index) !== partition;
      if (isDeleted || !partition.replicas.includes(brokerId)) this.records.get(key)?.delete(record.brokerId);
    }
  }

  /** Once the ISR is without it, a torn replica owes again what every replica does. One that was taken away owes nothing. */
  private forgive(): void {
    for (const [key, ofPartition] of this.records) {
      const partition = this.ensemble.get(key);
      if (partition === undefined) continue;
      for (const record of ofPartition.values()) {
        const isInSync = partition.state?.isr.includes(record.brokerId) !== false;
        if (record.damage === "out" && isInSync) record.damage = "none";
        if (record.damage === "in sync" && !isInSync) record.damage = "out";
        if (record.isTorn && partition.state?.isr.includes(record.brokerId) === false) record.isTorn = false;
        if (!partition.replicas.includes(record.brokerId)) record.owes = "nothing";
      }
    }
  }

  /** A client speaks of a topic by its name: of one that was deleted meanwhile, nothing is judged. */
  private judgeTold({ invariant, topic, index, offset, value }: Told): void {
    const key = this.ensemble.named(topic, index)?.key;
    const reference = key === undefined ? undefined : this.references.get(key);
    if (key === undefined || reference === undefined) return;
    this.judge.hold(
      invariant,
      reference.name,
      offset < reference.committedEnd,
      () => `a client was told of ${value} at ${offset}; committed is what lies below ${reference.committedEnd}`,
    );
    let values = this.values.get(key);
    if (values === undefined) this.values.set(key, (values = new Map()));
    const known = values.get(offset);
    this.judge.hold(
      "one-value",
      reference.name,
      known === undefined || known === value,
      () => `clients saw ${known} and ${value} at offset ${offset}`,
    );
    values.set(offset, value);
  }
}

/** What a client knows now. */
interface Told {
  readonly invariant: "acknowledgement" | "read-committed";
  readonly topic: string;
  readonly index: number;
  readonly offset: number;
  readonly value: number;
}
