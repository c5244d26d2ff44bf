import type { BrokerInfo } from "@ottla/controller";
import type { Partition } from "./partition";
import type { ReplicaObserver } from "./replica-observer";

/** Tells every observer, in the order in which they came. */
export class ReplicaObservers implements ReplicaObserver {
  private readonly observers = new Set<ReplicaObserver>();

  /** @returns how to end it */
  add(observer: ReplicaObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  onRole(partition: Partition): void {
    for (const observer of this.observers) observer.onRole(partition);
  }
  onAdopted(partition: Partition): void {
    for (const observer of this.observers) observer.onAdopted(partition);
  }
  onConfigChanged(partition: Partition): void {
    for (const observer of this.observers) observer.onConfigChanged(partition);
  }
  onStopped(partition: Partition): void {
    for (const observer of this.observers) observer.onStopped(partition);
  }
  onAppended(partition: Partition): void {
    for (const observer of this.observers) observer.onAppended(partition);
  }
  onProgress(partition: Partition): void {
    for (const observer of this.observers) observer.onProgress(partition);
  }
  onTickWritten(): void {
    for (const observer of this.observers) observer.onTickWritten();
  }
  onBrokers(brokers: readonly BrokerInfo[]): void {
    for (const observer of this.observers) observer.onBrokers(brokers);
  }
}
