import {
  brokerRegistration,
  controllerEpoch,
  type MemoryTransaction,
  type Operation,
  type PartitionStateNode,
  partitionState,
  topic,
} from "@ottla/coordination";
import type { Judge } from "./invariants";

/** A partition as the ensemble has it. */
export interface EnsemblePartition {
  /** Topic id and index: a topic made anew under its name is another one. */
  readonly key: string;
  /** Such as `orders-0`. */
  readonly name: string;
  readonly topic: string;
  readonly index: number;
  replicas: readonly number[];
  state: PartitionStateNode | null;
  /** Data version of the state's node; -1 before there is one. */
  version: number;
  /** Of each leader epoch there was: who led it, and the ISR it had last. */
  readonly epochs: Map<number, { readonly leader: number; isr: readonly number[] }>;
  /** Leaders that came from outside of the ISR because all its members were torn, or because unclean elections are allowed. */
  readonly exceptions: string[];
}

/**
 * Follows the ensemble's transactions: knows each partition as it stands and as it stood, and judges every change of it.
 */
export class EnsembleHistory {
  private readonly byKey = new Map<string, EnsemblePartition>();
  private readonly topics = new Map<
    string,
    { readonly id: string; readonly partitions: Map<number, EnsemblePartition> }
  >();
  private epoch = 0;
  private epochVersion = -1;
  /** Brokers whose registration says torn. */
  private readonly torn = new Set<number>();
  private read = 0;
  elections = 0;

  constructor(private readonly judge: Judge) {}

  /** Takes in what is new since the last call. */
  follow(transactions: readonly MemoryTransaction[]): void {
    for (; this.read < transactions.length; this.read++) {
      const transaction = transactions[this.read];
      if (transaction !== undefined) this.onTransaction(transaction);
    }
  }

  get(key: string): EnsemblePartition | undefined {
    return this.byKey.get(key);
  }

  /** Of the topic that has this name now. */
  named(name: string, index: number): EnsemblePartition | undefined {
    return this.topics.get(name)?.partitions.get(index);
  }

  /** Partitions of the topics that there are. */
  *partitions(): Generator<EnsemblePartition, void> {
    for (const { partitions } of this.topics.values()) yield* partitions.values();
  }

  isTorn(brokerId: number): boolean {
    return this.torn.has(brokerId);
  }

  private onTransaction({ operations, by }: MemoryTransaction): void {
    // Assignments first: one transaction may move a partition and change its ISR.
    for (const operation of operations) {
      const { path } = operation;
      if (path === controllerEpoch.path) this.onControllerEpoch(operation);
      else if (path.startsWith(`${topic.parent}/`)) this.onTopic(operation, path.split("/"));
      else if (path.startsWith(`${brokerRegistration.parent}/`)) this.onRegistration(operation);
    }
    for (const operation of operations) if (STATE.test(operation.path)) this.onState(operation, operations, by);
  }

  private onControllerEpoch(operation: Operation): void {
    if (operation.kind === "check") return;
    if (operation.kind === "remove" || operation.data === null) {
      this.judge.hold("controller-epoch", "cluster", false, () => "the controller epoch was removed");
      return;
    }
    const epoch = controllerEpoch.decode(operation.data);
    this.judge.hold(
      "controller-epoch",
      "cluster",
      operation.kind === "create" || epoch === this.epoch + 1,
      () => `the controller epoch went from ${this.epoch} to ${epoch}`,
    );
    this.epoch = epoch;
    this.epochVersion++;
  }

  private onRegistration(operation: Operation): void {
    const id = Number(operation.path.slice(brokerRegistration.parent.length + 1));
    // Whoever leaves torn comes back torn, or says that it is not.
    if (operation.kind === "check" || operation.kind === "remove" || operation.data === null) return;
    const isTorn = brokerRegistration.decode(operation.data, operation.path).ottla?.torn === true;
    if (isTorn) this.torn.add(id);
    else this.torn.delete(id);
  }

  private onTopic(operation: Operation, parts: readonly string[]): void {
    const name = parts[3];
    if (name === undefined || parts.length !== 4) return;
    if (operation.kind === "remove") {
      this.topics.delete(name);
      return;
    }
    if (operation.kind === "check" || operation.data === null) return;
    const { topicId, partitions } = topic.decode(operation.data, operation.path);
    const id = topicId ?? name;
    let known = this.topics.get(name);
    if (known?.id !== id) this.topics.set(name, (known = { id, partitions: new Map() }));
    for (const [index, replicas] of partitions) {
      const partition = known.partitions.get(index);
      if (partition !== undefined) {
        partition.replicas = replicas;
        continue;
      }
      const made: EnsemblePartition = {
        key: `${id}-${index}`,
        name: `${name}-${index}`,
        topic: name,
        index,
        replicas,
        state: null,
        version: -1,
        epochs: new Map(),
        exceptions: [],
      };
      known.partitions.set(index, made);
      this.byKey.set(made.key, made);
    }
  }

  private onState(operation: Operation, all: readonly Operation[], by: string): void {
    const [, name, index] = STATE.exec(operation.path) ?? [];
    const partition = this.named(name ?? "", Number(index));
    if (partition === undefined || operation.kind === "remove" || operation.kind === "check") return;
    if (operation.data === null) return;
    const before = partition.state;
    const now = partitionState.decode(operation.data, operation.path);
    this.judgeWrite(operation, all, partition, now, by);
    if (before !== null) this.judgeChange(partition, before, now);
    const { leader, leaderEpoch, isr } = now;
    const known = partition.epochs.get(leaderEpoch);
    if (known === undefined) partition.epochs.set(leaderEpoch, { leader, isr });
    else known.isr = isr;
    partition.state = now;
    partition.version++;
  }

  private judgeWrite(
    operation: Operation & { readonly kind: "create" | "set" },
    all: readonly Operation[],
    partition: EnsemblePartition,
    now: PartitionStateNode,
    by: string,
  ): void {
    const { name } = partition;
    this.judge.hold(
      "partition-epoch",
      name,
      operation.kind === "create" ? partition.version === -1 : operation.expectedVersion === partition.version,
      () => `${by} wrote a state without comparing its version, which was ${partition.version}`,
    );
    const isFenced = all.some(
      (other) =>
        other.path === controllerEpoch.path &&
        (other.kind === "check" || other.kind === "set") &&
        other.expectedVersion !== null,
    );
    this.judge.hold(
      "controller-epoch",
      name,
      isFenced && now.controllerEpoch === this.epoch,
      () =>
        `${by} wrote a state of controller epoch ${now.controllerEpoch} ${isFenced ? "" : "without checking it "}` +
        `while ${this.epoch} stood (version ${this.epochVersion})`,
    );
    const strangers = now.isr.filter((id) => !partition.replicas.includes(id));
    this.judge.hold(
      "isr",
      name,
      strangers.length === 0 && now.isr.length > 0 && (now.leader < 0 || now.isr.includes(now.leader)),
      () =>
        `${by} wrote leader ${now.leader}, ISR [${now.isr.join(", ")}]; replicas are [${partition.replicas.join(", ")}]`,
    );
    const known = partition.epochs.get(now.leaderEpoch);
    this.judge.hold(
      "one-leader",
      name,
      known === undefined || known.leader === now.leader,
      () => `${known?.leader} and ${now.leader} lead in epoch ${now.leaderEpoch}`,
    );
  }

  private judgeChange(partition: EnsemblePartition, before: PartitionStateNode, now: PartitionStateNode): void {
    const { name } = partition;
    this.judge.hold(
      "leader-epoch",
      name,
      now.leaderEpoch >= before.leaderEpoch && (now.leader === before.leader || now.leaderEpoch > before.leaderEpoch),
      () => `leader ${before.leader} of epoch ${before.leaderEpoch}, then ${now.leader} of ${now.leaderEpoch}`,
    );
    if (now.leader === before.leader || now.leader < 0) return;
    this.elections++;
    const isClean = before.isr.includes(now.leader);
    const isForTorn = before.isr.every((id) => this.torn.has(id));
    if (!isClean && isForTorn)
      partition.exceptions.push(`${now.leader} in epoch ${now.leaderEpoch} after [${before.isr.join(", ")}], all torn`);
    this.judge.hold(
      "election",
      name,
      isClean || isForTorn,
      () =>
        `${now.leader} was elected in epoch ${now.leaderEpoch}, the ISR before it was [${before.isr.join(", ")}]` +
        ` (torn: ${[...this.torn].join(", ") || "none"})`,
    );
  }
}

const STATE = /^\/brokers\/topics\/([^/]+)\/partitions\/(\d+)\/state$/;
