import { CoordinationError, MultiFailed, type Operation, type OperationResult, type Stat } from "../port";

/** What one transaction did to a path, for those who watch it. */
export interface Change {
  readonly path: string;
  readonly kind: "created" | "deleted" | "dataChanged";
}

interface Node {
  data: Buffer | null;
  readonly czxid: bigint;
  mzxid: bigint;
  readonly ctimeMs: number;
  mtimeMs: number;
  version: number;
  readonly ephemeralOwner: bigint;
  /** How many children were ever made: the number of the next sequential one. */
  childrenMade: number;
  readonly children: Set<string>;
}

/** ZooKeeper's tree of nodes with its rules for versions, transaction ids and all-or-nothing writes. No sessions, no time. */
export class ZnodeTree {
  private readonly nodes = new Map<string, Node>([["/", emptyNode(null, 0n, 0, 0n)]]);
  /** Id of the newest transaction. */
  zxid = 0n;

  get(path: string): { readonly data: Buffer | null; readonly stat: Stat } | null {
    const node = this.nodes.get(path);
    return node === undefined ? null : { data: node.data, stat: statOf(node) };
  }

  children(path: string): { readonly names: readonly string[]; readonly stat: Stat } | null {
    const node = this.nodes.get(path);
    return node === undefined ? null : { names: [...node.children].toSorted(), stat: statOf(node) };
  }

  /** Paths of all nodes but the root, sorted. */
  paths(): string[] {
    return [...this.nodes.keys()].filter((path) => path !== "/").toSorted();
  }

  ephemeralsOf(sessionId: bigint): string[] {
    return [...this.nodes].filter(([, node]) => node.ephemeralOwner === sessionId).map(([path]) => path);
  }

  /** The path that a sequential create of `prefix` makes next. */
  sequentialPath(prefix: string): string {
    const made = this.nodes.get(parentOf(prefix))?.childrenMade ?? 0;
    return prefix + String(made).padStart(10, "0");
  }

  /**
   * Performs all operations in one transaction, or none.
   *
   * @throws MultiFailed
   */
  transact(
    operations: readonly Operation[],
    sessionId: bigint,
    nowMs: number,
  ): { readonly results: OperationResult[]; readonly changes: Change[] } {
    const zxid = this.zxid + 1n;
    const undo: (() => void)[] = [];
    const changes: Change[] = [];
    const results: OperationResult[] = [];
    for (const [index, operation] of operations.entries()) {
      try {
        results.push(this.perform(operation, { zxid, sessionId, nowMs, undo, changes }));
      } catch (error) {
        for (const step of undo.toReversed()) step();
        if (!(error instanceof CoordinationError)) throw error;
        throw new MultiFailed(index, error.code, operation, { cause: error });
      }
    }
    this.zxid = zxid;
    return { results, changes };
  }

  /** Puts a node there as it is, parents first, whatever the rules: the state of an ensemble that a spec begins with. */
  plant(path: string, data: Buffer | null, version: number, ephemeralOwner: bigint, nowMs: number): void {
    this.zxid += 1n;
    const parent = this.nodes.get(parentOf(path));
    if (parent === undefined) throw new CoordinationError("NO_NODE", "plant", path);
    const node = emptyNode(data, this.zxid, nowMs, ephemeralOwner);
    node.version = version;
    this.nodes.set(path, node);
    parent.children.add(nameOf(path));
    parent.childrenMade += 1;
  }

  private perform(operation: Operation, txn: Transaction): OperationResult {
    switch (operation.kind) {
      case "create":
        return this.create(operation.path, operation.data, operation.ephemeral ?? false, txn);
      case "set":
        return this.set(operation.path, operation.data, operation.expectedVersion, txn);
      case "remove":
        return this.remove(operation.path, operation.expectedVersion, txn);
      case "check":
        this.existing("check", operation.path, operation.expectedVersion);
        return { kind: "check" };
    }
  }

  private create(path: string, data: Buffer | null, ephemeral: boolean, txn: Transaction): OperationResult {
    const parent = this.nodes.get(parentOf(path));
    if (this.nodes.has(path)) throw new CoordinationError("NODE_EXISTS", "create", path);
    if (parent === undefined) throw new CoordinationError("NO_NODE", "create", path);
    if (parent.ephemeralOwner !== 0n) throw new CoordinationError("NO_CHILDREN_FOR_EPHEMERALS", "create", path);
    this.nodes.set(path, emptyNode(data, txn.zxid, txn.nowMs, ephemeral ? txn.sessionId : 0n));
    parent.children.add(nameOf(path));
    parent.childrenMade += 1;
    txn.undo.push(() => {
      this.nodes.delete(path);
      parent.children.delete(nameOf(path));
      parent.childrenMade -= 1;
    });
    txn.changes.push({ path, kind: "created" });
    return { kind: "create", path };
  }

  private set(path: string, data: Buffer, expectedVersion: number | null, txn: Transaction): OperationResult {
    const node = this.existing("set", path, expectedVersion);
    const before = { ...node };
    node.data = Buffer.from(data);
    node.version += 1;
    node.mzxid = txn.zxid;
    node.mtimeMs = txn.nowMs;
    txn.undo.push(() => Object.assign(node, before));
    txn.changes.push({ path, kind: "dataChanged" });
    return { kind: "set", stat: statOf(node) };
  }

  private remove(path: string, expectedVersion: number | null, txn: Transaction): OperationResult {
    const node = this.existing("remove", path, expectedVersion);
    if (node.children.size > 0) throw new CoordinationError("NOT_EMPTY", "remove", path);
    const parent = this.nodes.get(parentOf(path));
    this.nodes.delete(path);
    parent?.children.delete(nameOf(path));
    txn.undo.push(() => {
      this.nodes.set(path, node);
      parent?.children.add(nameOf(path));
    });
    txn.changes.push({ path, kind: "deleted" });
    return { kind: "remove" };
  }

  private existing(operation: string, path: string, expectedVersion: number | null): Node {
    const node = this.nodes.get(path);
    if (node === undefined) throw new CoordinationError("NO_NODE", operation, path);
    if (expectedVersion !== null && expectedVersion !== node.version)
      throw new CoordinationError("BAD_VERSION", operation, path, {
        detail: `expected version ${expectedVersion}, found ${node.version}`,
      });
    return node;
  }
}

interface Transaction {
  readonly zxid: bigint;
  readonly sessionId: bigint;
  readonly nowMs: number;
  readonly undo: (() => void)[];
  readonly changes: Change[];
}

/** The parent's path; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function emptyNode(data: Buffer | null, zxid: bigint, nowMs: number, ephemeralOwner: bigint): Node {
  return {
    data: data === null ? null : Buffer.from(data),
    czxid: zxid,
    mzxid: zxid,
    ctimeMs: nowMs,
    mtimeMs: nowMs,
    version: 0,
    ephemeralOwner,
    childrenMade: 0,
    children: new Set(),
  };
}

function statOf(node: Node): Stat {
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    // ZooKeeper counts each creation and each removal of a child.
    childrenVersion: 2 * node.childrenMade - node.children.size,
    ephemeralOwner: node.ephemeralOwner,
    childrenCount: node.children.size,
  };
}
