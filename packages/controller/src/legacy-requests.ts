import { preferredReplicaElection, reassignPartitions, ZnodeFormatError } from "@ottla/coordination";
import { explain } from "@ottla/runtime";
import { isMoving } from "./decisions/reassignment";
import type { LeaderElections } from "./leader-elections";
import type { Reassignments } from "./reassignments";
import type { TermContext } from "./term-context";

/** What tools from before the admin APIs ask for by a node under /admin: done as though asked for by request, then the node is removed. */
export class LegacyRequests {
  /** Version of the reassignment node that has been acted on; -1: none. */
  private actedOn = -1;

  constructor(
    private readonly term: TermContext,
    private readonly elections: LeaderElections,
    private readonly reassignments: Reassignments,
  ) {}

  async onPreferredElection(): Promise<void> {
    const { path } = preferredReplicaElection;
    const node = await this.term.coordination.get(path);
    if (node === null) return;
    const partitions = this.understood(path, () => preferredReplicaElection.decode(node.data));
    if (partitions !== null) {
      const outcomes = await this.elections.elect({ kind: "preferred", partitions });
      for (const { error, message, ...partition } of outcomes) {
        if (error === "NONE" || error === "ELECTION_NOT_NEEDED") continue;
        this.term.logger.warn("a preferred leader could not be elected", { ...partition, error, message });
      }
    }
    await this.remove(path);
  }

  async onReassignment(): Promise<void> {
    const { path } = reassignPartitions;
    const node = await this.term.coordination.get(path);
    if (node === null) {
      this.actedOn = -1;
      return;
    }
    const requests = this.understood(path, () => reassignPartitions.decode(node.data));
    if (requests !== null && node.stat.version !== this.actedOn) {
      this.actedOn = node.stat.version;
      for (const { error, message, ...partition } of await this.reassignments.alter(requests)) {
        if (error !== "NONE")
          this.term.logger.warn("a partition cannot be reassigned", { ...partition, error, message });
      }
    }
    await this.finishReassignment();
  }

  /** Removes the node once all that it asks for has been done. */
  async finishReassignment(): Promise<void> {
    const { path } = reassignPartitions;
    const node = await this.term.coordination.get(path);
    if (node === null) return;
    const requests = this.understood(path, () => reassignPartitions.decode(node.data)) ?? [];
    const running = requests.some(({ topic, partition }) => {
      const record = this.term.state.partition(topic, partition);
      return record !== undefined && isMoving(record);
    });
    if (!running) await this.remove(path);
  }

  private understood<T>(path: string, decode: () => T): T | null {
    try {
      return decode();
    } catch (failure) {
      if (!(failure instanceof ZnodeFormatError)) throw failure;
      this.term.logger.error("a request cannot be understood and is removed", { path, failure: explain(failure) });
      return null;
    }
  }

  private async remove(path: string): Promise<void> {
    // Not there any more is what was wanted.
    await this.term.writes.multi([{ kind: "remove", path, expectedVersion: null }]);
  }
}
