import { Admin, type ClusterClient } from "@ottla/client";
import { alterPartitionReassignments, electLeaders } from "@ottla/protocol";
import { explain } from "@ottla/runtime";
import type { ClusterMonitor } from "../checkers/cluster-monitor";
import type { SimulatedCluster } from "../cluster/simulated-cluster";
import type { Keyspace } from "../workload/keyspace";
import type { FaultDeed } from "./fault-plan";
import type { Plan } from "./plan";

type Change = Extract<FaultDeed, { kind: "reassign" | "preferred-election" | "create-topic" | "delete-topic" }>;

/** What an administrator orders while all goes wrong. Nobody waits for it: that it fails is part of the game, that it breaks something is not. */
export class OrderedChanges {
  private readonly client: ClusterClient;
  private readonly admin: Admin;
  private created = 0;
  /** Topics that may be deleted again. */
  private readonly mayGo: string[] = [];

  constructor(
    private readonly plan: Plan,
    cluster: SimulatedCluster,
    private readonly monitor: ClusterMonitor,
    private readonly keyspace: Keyspace,
    private readonly note: (what: string) => void,
  ) {
    this.client = cluster.client("administrator").connect({ apiTimeoutMs: 10_000, requestTimeoutMs: 4000 });
    this.admin = new Admin(this.client);
  }

  /** @returns whether there is anything to be ordered */
  begin(change: Change): boolean {
    const { admin } = this;
    switch (change.kind) {
      case "create-topic": {
        const name = `extra${++this.created}`;
        const { replicationFactor } = this.plan.topics[0] ?? { replicationFactor: 1 };
        this.note(`${name} is created`);
        const made = async (): Promise<void> => {
          const [outcome] = await admin.createTopics([{ name, partitions: 2, replicationFactor }]);
          if (outcome?.error !== null) throw outcome?.error;
        };
        this.ordered(name, made(), () => {
          this.keyspace.add(name, 2);
          this.mayGo.push(name);
        });
        return true;
      }
      case "delete-topic": {
        const name = this.mayGo.shift();
        if (name === undefined) return false;
        this.note(`${name} is deleted`);
        this.keyspace.forsake(name);
        this.ordered(name, admin.deleteTopics([name]));
        return true;
      }
      case "preferred-election":
        this.note("preferred leaders are elected");
        this.ordered(
          "preferred leaders",
          this.client.request("controller", electLeaders, { electionType: 0, topicPartitions: null, timeoutMs: 4000 }),
        );
        return true;
      case "reassign":
        return this.reassign(change);
    }
  }

  private reassign({ topic, shift }: Change & { readonly kind: "reassign" }): boolean {
    const partition = this.monitor.ensemble.named(topic, 0);
    if (partition === undefined) return false;
    const { brokers } = this.plan;
    const replicas = partition.replicas.map((id) => 1 + ((id - 1 + shift) % brokers));
    this.note(`${partition.name} is reassigned from [${partition.replicas.join(", ")}] to [${replicas.join(", ")}]`);
    this.ordered(
      partition.name,
      this.client.request("controller", alterPartitionReassignments, {
        timeoutMs: 4000,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas }] }],
      }),
    );
    return true;
  }

  private ordered<T>(what: string, work: Promise<T>, done: () => void = () => undefined): void {
    work.then(
      () => {
        this.note(`done: ${what}`);
        done();
      },
      (error: unknown) => this.note(`not done: ${what}: ${explain(error).slice(0, 120)}`),
    );
  }
}
