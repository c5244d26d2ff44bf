import type { Closable } from "@ottla/runtime";
import type { ClusterView } from "./cluster-view";
import type { NetworkFaults } from "./network";

/** Brokers, each a process of its own, on a real ZooKeeper: what load runs against, what faults hit, what reports are about. */
export interface ClusterUnderTest extends Closable {
  /** Such as `ottla`: for the report. */
  readonly name: string;
  readonly bootstrapServers: string;
  readonly brokerIds: readonly number[];
  /** What ZooKeeper says. */
  readonly view: ClusterView;
  readonly ensemble: EnsembleControl;
  readonly brokers: NodeControl<number>;
  /** What stands between a broker and ZooKeeper; null when the cluster was started without it. */
  readonly links: ZooKeeperLinks | null;
  /** What can be broken between any two nodes, `broker1`, `zk1` or `clients`; null when the cluster was started without it. */
  readonly network: NetworkFaults | null;
  /** Sets wall clocks of brokers wrong; null when the cluster was started without it. */
  readonly clocks: ClockControl | null;
  /** Has the disk under a log directory of a broker fail; null when the cluster was started without it. */
  readonly disks: DiskControl | null;
  /** Where a broker keeps its partitions: of several log directories the one that holds `partition`, such as `orders-0`, else the first. */
  logDirectory(brokerId: number, partition?: string): string;
}

/** The way of each broker to ZooKeeper, and to nobody else. */
export interface ZooKeeperLinks {
  /** Nothing passes any more, and nobody is told: the broker keeps its connections until its session is over. */
  cut(brokerId: number): void;
  mend(brokerId: number): void;
}

/** The wall clocks of the brokers. */
export interface ClockControl {
  /** By so many milliseconds, from now on, each time from the right time; 0 sets it right. */
  shift(brokerId: number, ms: number): void;
}

/** How a disk refuses to be changed. */
export type DiskFailure = "ENOSPC" | "EROFS" | "EIO";

/** The disks under one log directory of each broker, its last one. */
export interface DiskControl extends Closable {
  /** It refuses every change from now on; what has been written can still be read. */
  fail(brokerId: number, failure: DiskFailure): void;
  heal(brokerId: number): void;
}

/** The members of the ensemble. */
export interface EnsembleControl extends NodeControl<string> {
  /** `leader`, `follower` or `standalone`; null while it does not serve. */
  modeOf(name: string): Promise<string | null>;
  /** Ends somebody's session; its owner learns of it when it next hears from ZooKeeper. */
  endSession(id: bigint): Promise<void>;
}

/** What can be done to processes of one sort. Whoever is hit twice the same way stays as it is. */
export interface NodeControl<Id> {
  readonly ids: readonly Id[];
  isRunning(id: Id): boolean;
  /** Null while it does not run. */
  pidOf(id: Id): number | null;
  /** kill -9, and waits for the end. */
  kill(id: Id): Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop(id: Id): Promise<void>;
  /** Starts it again on the same ports and data, and waits until it serves. */
  start(id: Id): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(id: Id): void;
  /** SIGCONT. */
  resume(id: Id): void;
}
