import {
  type ChildrenOf,
  CoordinationError,
  type CreateOptions,
  MultiFailed,
  type NodeData,
  type Operation,
  type OperationResult,
  type Stat,
} from "./port";

/** One try of each call, as an adapter makes it: a reply that does not come is CONNECTION_LOSS. */
export interface Attempts {
  /** Id of the session that the next try belongs to. */
  readonly sessionId: bigint;
  /** The newest transaction this client has heard of; whatever it asks for next gets a higher id. */
  readonly lastZxid: bigint;
  get(path: string): Promise<NodeData | null>;
  children(path: string): Promise<ChildrenOf | null>;
  create(path: string, data: Buffer | null, options: CreateOptions): Promise<string>;
  set(path: string, data: Buffer, expectedVersion: number | null): Promise<Stat>;
  remove(path: string, expectedVersion: number | null): Promise<void>;
  multi(operations: readonly Operation[]): Promise<readonly OperationResult[]>;
}

/** The request never left: there is nothing to find out, and waiting once more would only double the wait. */
export class NeverSent extends CoordinationError {}

/**
 * Finds out what became of a call whose reply was lost with its connection.
 *
 * The call is made again on the next connection. A write that had been applied then fails its own condition; so a refusal of a second
 * try is held against the node: the effect is ours if it carries our data, at the version we would have made, in a transaction newer
 * than any we knew of. When neither is certain the error is CONNECTION_LOSS: unknown, the caller reads back (rule 60). The session is
 * part of the bargain: if it ended meanwhile nothing is tried again, since an ephemeral node would change hands.
 */
export class LostReplies {
  constructor(private readonly attempts: Attempts) {}

  get(path: string): Promise<NodeData | null> {
    return this.again(() => this.attempts.get(path), raise);
  }

  children(path: string): Promise<ChildrenOf | null> {
    return this.again(() => this.attempts.children(path), raise);
  }

  create(path: string, data: Buffer | null, options: CreateOptions): Promise<string> {
    // Each try of a sequential create may make another node, and which is ours cannot be told.
    if (options.sequential) return this.attempts.create(path, data, options);
    const { sessionId, lastZxid } = this.attempts;
    return this.again(
      () => this.attempts.create(path, data, options),
      async (refusal) => {
        if (refusal.code !== "NODE_EXISTS") throw refusal;
        const node = await this.get(path);
        if (node === null) throw unknown(refusal);
        const owner = options.ephemeral ? sessionId : 0n;
        if (node.stat.czxid > lastZxid && node.stat.ephemeralOwner === owner && sameData(node.data, data)) return path;
        throw refusal;
      },
    );
  }

  set(path: string, data: Buffer, expectedVersion: number | null): Promise<Stat> {
    const { lastZxid } = this.attempts;
    return this.again(
      () => this.attempts.set(path, data, expectedVersion),
      async (refusal) => {
        if (refusal.code !== "BAD_VERSION" || expectedVersion === null) throw refusal;
        const node = await this.get(path);
        if (node === null) throw unknown(refusal);
        const next = node.stat.version === expectedVersion + 1;
        if (next && node.stat.mzxid > lastZxid && sameData(node.data, data)) return node.stat;
        // One version on with other data: somebody else's write took our place. Further on: ours may lie beneath.
        throw next ? refusal : unknown(refusal);
      },
    );
  }

  remove(path: string, expectedVersion: number | null): Promise<void> {
    return this.again(
      () => this.attempts.remove(path, expectedVersion),
      (refusal) => {
        // Gone is what was asked for, whoever did it.
        if (refusal.code === "NO_NODE") return Promise.resolve();
        throw refusal;
      },
    );
  }

  multi(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const { sessionId, lastZxid } = this.attempts;
    return this.again(
      () => this.attempts.multi(operations),
      async (refusal) => {
        const proof = await this.effectsOf(operations, sessionId, lastZxid);
        if (proof !== null) return proof;
        throw refusal instanceof MultiFailed ? unknown(refusal) : refusal;
      },
    );
  }

  /**
   * The results of a multi that was applied, or null where that cannot be proved. All it wrote bears one transaction id, which nobody
   * else's write can have: nodes that agree on it prove the whole.
   */
  private async effectsOf(
    operations: readonly Operation[],
    sessionId: bigint,
    lastZxid: bigint,
  ): Promise<OperationResult[] | null> {
    const written = new Map<string, NodeData>();
    const zxids = new Set<bigint>();
    for (const [path, last] of lastWrites(operations)) {
      const node = await this.get(path);
      if (last.kind === "remove") {
        if (node !== null) return null;
        continue;
      }
      if (node === null || !sameData(node.data, last.data)) return null;
      const made = operations.find((operation) => operation.kind === "create" && operation.path === path);
      if (made?.kind === "create") {
        if (made.ephemeral === true && node.stat.ephemeralOwner !== sessionId) return null;
        zxids.add(node.stat.czxid);
      }
      zxids.add(node.stat.mzxid);
      written.set(path, node);
    }
    const [zxid] = zxids;
    if (zxids.size !== 1 || zxid === undefined || zxid <= lastZxid) return null;
    return operations.map((operation) => resultOf(operation, written));
  }

  /** Makes the call until a reply comes; `judge` says what a refusal means once a first try may have been applied. */
  private async again<T>(call: () => Promise<T>, judge: (refusal: CoordinationError) => Promise<T>): Promise<T> {
    const { sessionId } = this.attempts;
    for (let tries = 1; ; tries++) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        if (error.code === "CONNECTION_LOSS") {
          if (error instanceof NeverSent || tries === MOST_TRIES) throw error;
        } else {
          if (tries === 1) throw error;
          return await judge(error);
        }
      }
      if (this.attempts.sessionId !== sessionId)
        throw new CoordinationError("SESSION_EXPIRED", "retry", "/", {
          detail: "the session ended with the reply lost",
        });
    }
  }
}

/** Each try waits for a connection of its own, so three outlast an ensemble's change of leader. */
const MOST_TRIES = 3;

function raise(refusal: CoordinationError): never {
  throw refusal;
}

function unknown(refusal: CoordinationError): CoordinationError {
  return new CoordinationError("CONNECTION_LOSS", refusal.operation, refusal.path, {
    cause: refusal,
    detail: "the reply was lost and the outcome is unknown",
  });
}

function lastWrites(operations: readonly Operation[]): Map<string, Exclude<Operation, { kind: "check" }>> {
  const last = new Map<string, Exclude<Operation, { kind: "check" }>>();
  for (const operation of operations) if (operation.kind !== "check") last.set(operation.path, operation);
  return last;
}

function resultOf(operation: Operation, written: ReadonlyMap<string, NodeData>): OperationResult {
  if (operation.kind === "create") return { kind: "create", path: operation.path };
  if (operation.kind !== "set") return { kind: operation.kind };
  const node = written.get(operation.path);
  if (node === undefined) throw new CoordinationError("CONNECTION_LOSS", "multi: set", operation.path);
  return { kind: "set", stat: node.stat };
}

function sameData(found: Buffer | null, ours: Buffer | null): boolean {
  return (found ?? NOTHING).equals(ours ?? NOTHING);
}

const NOTHING = Buffer.alloc(0);
