/**
 * The ensemble as the rest of Ottla sees it: a tree of small versioned nodes, ephemeral ones that live as long as a session, watches
 * that stay armed, and atomic multi-writes. Adapters: `zookeeper` (a real ensemble) and `memory` (specs, the simulator). Both pass one
 * contract suite.
 *
 * Names follow ZooKeeper's: version = number of data changes, czxid = transaction that created the node, mzxid = that changed it last.
 */
export interface Coordination {
  /** The session this process holds now. After an expiry it is another one, with another id. */
  readonly session: Session;

  /** Told of every change of the session, in order. @returns a function that ends the subscription */
  onSession(listener: (event: SessionEvent) => void): () => void;

  /** Data and stat of a node, or null when it is not there. */
  get(path: string): Promise<NodeData | null>;

  /** Names of a node's children, sorted, or null when the node is not there. */
  children(path: string): Promise<ChildrenOf | null>;

  /**
   * Creates a node.
   *
   * @returns the path made; it ends in ten digits when `sequential`
   * @throws CoordinationError NODE_EXISTS, NO_NODE (parent missing), NO_CHILDREN_FOR_EPHEMERALS
   */
  create(path: string, data: Buffer | null, options?: CreateOptions): Promise<string>;

  /** Creates a persistent node and its missing parents, all without data; what is there already stays as it is. */
  ensurePath(path: string): Promise<void>;

  /**
   * Replaces a node's data.
   *
   * @param expectedVersion the version it must have; null for any. 0 means zero.
   * @throws CoordinationError NO_NODE, BAD_VERSION
   */
  set(path: string, data: Buffer, expectedVersion: number | null): Promise<Stat>;

  /** @throws CoordinationError NO_NODE, BAD_VERSION, NOT_EMPTY */
  remove(path: string, expectedVersion: number | null): Promise<void>;

  /** Removes a node and everything below it. Not atomic. What is not there is no error. */
  removeTree(path: string): Promise<void>;

  /**
   * Performs all operations or none.
   *
   * @returns one result per operation, in order
   * @throws MultiFailed naming the operation that failed and why
   * @throws CoordinationError CONNECTION_LOSS when the reply was lost and could not be found out: the outcome is unknown, read back
   */
  multi(operations: readonly Operation[]): Promise<readonly OperationResult[]>;

  /**
   * Calls `listener` after each change of the node's data, creation or deletion, until the returned function is called.
   *
   * Changes that follow each other quickly may be told once. It is also called after a reconnect or a new session, since changes may
   * have been missed: whoever is told reads again. Armed before this promise resolves.
   */
  watchNode(path: string, listener: () => void): Promise<() => void>;

  /** The same for the set of the node's children. The node must exist. */
  watchChildren(path: string, listener: () => void): Promise<() => void>;

  /** Makes later reads see everything written before this call, by anyone. */
  sync(): Promise<void>;

  /** Ends the session: its ephemeral nodes go at once. Pending calls fail with SESSION_EXPIRED or CONNECTION_LOSS. Idempotent. */
  close(): Promise<void>;
}

export interface Session {
  /** The id ZooKeeper gave the session; equals `ephemeralOwner` of the nodes it made. */
  readonly id: bigint;
  /** Milliseconds without contact after which the ensemble ends the session (as negotiated). */
  readonly timeoutMs: number;
  readonly state: "connected" | "disconnected" | "expired" | "closed";
}

/**
 * - connected: in contact again, same session
 * - disconnected: no contact; the session may still live
 * - lost: no contact for a session timeout by our own clock: it must be assumed gone, controller duty ends (replication rule 18)
 * - expired: the ensemble said that the session is over; its ephemeral nodes are gone
 * - renewed: after `expired`, a new session stands; whoever owned ephemeral nodes makes them again
 */
export type SessionEvent = "connected" | "disconnected" | "lost" | "expired" | "renewed";

export interface Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly childrenVersion: number;
  /** Session that owns an ephemeral node; 0n for a persistent one. */
  readonly ephemeralOwner: bigint;
  readonly childrenCount: number;
}

export interface NodeData {
  /** Null for a node made without data. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

export interface ChildrenOf {
  readonly names: readonly string[];
  readonly stat: Stat;
}

export interface CreateOptions {
  readonly ephemeral?: boolean;
  readonly sequential?: boolean;
}

export type Operation =
  | { readonly kind: "create"; readonly path: string; readonly data: Buffer | null; readonly ephemeral?: boolean }
  | { readonly kind: "set"; readonly path: string; readonly data: Buffer; readonly expectedVersion: number | null }
  | { readonly kind: "remove"; readonly path: string; readonly expectedVersion: number | null }
  | { readonly kind: "check"; readonly path: string; readonly expectedVersion: number };

export type OperationResult =
  | { readonly kind: "create"; readonly path: string }
  | { readonly kind: "set"; readonly stat: Stat }
  | { readonly kind: "remove" }
  | { readonly kind: "check" };

export type CoordinationErrorCode =
  | "NO_NODE"
  | "NODE_EXISTS"
  | "BAD_VERSION"
  | "NOT_EMPTY"
  | "NO_CHILDREN_FOR_EPHEMERALS"
  | "CONNECTION_LOSS"
  | "SESSION_EXPIRED"
  | "AUTH_FAILED"
  | "DATA_TOO_LARGE"
  | "OTHER";

/** The ensemble said no, or could not be asked. */
export class CoordinationError extends Error {
  override readonly name: string = "CoordinationError";
  constructor(
    readonly code: CoordinationErrorCode,
    readonly operation: string,
    readonly path: string,
    options?: { readonly cause?: unknown; readonly detail?: string },
  ) {
    super(`${operation} ${path}: ${code}${options?.detail ? ` (${options.detail})` : ""}`, { cause: options?.cause });
  }
}

/** A multi-write was refused whole. `index` names the operation that failed; `code` says why. */
export class MultiFailed extends CoordinationError {
  override readonly name = "MultiFailed";
  constructor(
    readonly index: number,
    code: CoordinationErrorCode,
    operation: Operation,
    options?: { readonly cause?: unknown },
  ) {
    super(code, `multi: ${operation.kind}`, operation.path, options);
  }
}
