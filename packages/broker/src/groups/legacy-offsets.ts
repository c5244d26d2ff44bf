import { type Coordination, CoordinationError, consumerOffset, ZnodeFormatError } from "@ottla/coordination";
import type { ErrorName } from "@ottla/protocol";
import { explain, type Logger } from "@ottla/runtime";

/** Offsets of consumers of before 0.9, which version 0 of OffsetCommit and OffsetFetch keep in ZooKeeper under /consumers. */
export class LegacyOffsets {
  constructor(
    private readonly coordination: Coordination,
    private readonly logger: Logger,
  ) {}

  async store(group: string, topic: string, partition: number, offset: number): Promise<ErrorName> {
    if (!isNodeName(group)) return "INVALID_GROUP_ID";
    const path = consumerOffset.path(group, topic, partition);
    try {
      await this.coordination.ensurePath(path);
      await this.coordination.set(path, consumerOffset.encode(offset), null);
      return "NONE";
    } catch (failure) {
      return this.errorOf(failure);
    }
  }

  /** @returns null when none is stored; a name when that could not be found out */
  async read(group: string, topic: string, partition: number): Promise<number | null | ErrorName> {
    if (!isNodeName(group)) return "INVALID_GROUP_ID";
    const path = consumerOffset.path(group, topic, partition);
    try {
      const node = await this.coordination.get(path);
      return node === null ? null : consumerOffset.decode(node.data, path);
    } catch (failure) {
      return this.errorOf(failure);
    }
  }

  private errorOf(failure: unknown): ErrorName {
    if (!(failure instanceof CoordinationError) && !(failure instanceof ZnodeFormatError)) throw failure;
    this.logger.warn("an offset in ZooKeeper could not be reached", { failure: explain(failure) });
    return "UNKNOWN_SERVER_ERROR";
  }
}

/** Whether a group's name can be one of a path: anything else would name a node elsewhere. */
function isNodeName(group: string): boolean {
  return group !== "." && group !== ".." && /^[^/\p{Cc}]+$/u.test(group);
}
