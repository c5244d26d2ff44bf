import { createRequire } from "node:module";
import type { Socket } from "node:net";

/*
 * node-zookeeper-client 1.1.3, as far as we touch it. Its published types promise what it does not do (a null from `exists`, data that
 * may be null), and say nothing of the internals that the hardening reaches into; so these are our own. The version is pinned, and the
 * specs of hardened-client fail when the internals change.
 */

export interface LibraryStat {
  readonly czxid: Buffer;
  readonly mzxid: Buffer;
  readonly ctime: Buffer;
  readonly mtime: Buffer;
  readonly version: number;
  readonly cversion: number;
  readonly ephemeralOwner: Buffer;
  readonly numChildren: number;
}

/** Its errors carry a number, and never the path. */
export interface LibraryError extends Error {
  readonly code: number;
}

type Reply<Values extends unknown[]> = (error: LibraryError | null | undefined, ...values: Values) => void;

export interface LibraryClient {
  readonly connectionManager: ConnectionManager;
  on(event: "connected" | "disconnected" | "expired" | "authenticationFailed", listener: () => void): void;
  removeAllListeners(): void;
  connect(): void;
  close(): void;
  getSessionId(): Buffer;
  getSessionPassword(): Buffer;
  getSessionTimeout(): number;
  create(path: string, data: Buffer | undefined, mode: number, reply: Reply<[path: string]>): void;
  remove(path: string, version: number, reply: Reply<[]>): void;
  setData(path: string, data: Buffer, version: number, reply: Reply<[stat: LibraryStat]>): void;
  getData(path: string, reply: Reply<[data: Buffer | undefined, stat: LibraryStat]>): void;
  getChildren(path: string, reply: Reply<[names: string[] | undefined, stat: LibraryStat]>): void;
  getChildren(path: string, watcher: () => void, reply: Reply<[names: string[] | undefined, stat: LibraryStat]>): void;
  exists(path: string, watcher: () => void, reply: Reply<[stat: LibraryStat | null]>): void;
  transaction(): LibraryTransaction;
}

export interface LibraryTransaction {
  readonly ops: { version?: number }[];
  create(path: string, data: Buffer | undefined, mode: number): LibraryTransaction;
  setData(path: string, data: Buffer, version: number): LibraryTransaction;
  remove(path: string, version: number): LibraryTransaction;
  check(path: string, version: number): LibraryTransaction;
  commit(reply: Reply<[results: readonly LibraryResult[] | undefined]>): void;
}

/** One result of a transaction; `err` stands in those of a failed one. */
export interface LibraryResult {
  readonly type: number;
  readonly err?: number;
  readonly path?: string;
  readonly stat?: LibraryStat;
}

export interface Packet {
  readonly callback?: (error: LibraryError) => void;
}

export interface ConnectionManager {
  state: number;
  servers: readonly { readonly host: string; readonly port: number }[];
  nextServerIndex: number;
  socket?: Socket;
  /** 8 bytes; the newest transaction that a reply has named. */
  readonly zxid: Buffer;
  xid: number;
  readonly sessionTimeout: number;
  pendingBuffer: Buffer | null;
  connectTimeoutHandler: NodeJS.Timeout | null;
  readonly packetQueue: { readonly queue: Packet[] };
  readonly pendingQueue: readonly Packet[];
  readonly watcherManager: { dataWatchers: object; childWatchers: object; existenceWatchers: object };
  updateTimeout(sessionTimeoutMs: number): void;
  findNextServer(callback: (server: { readonly host: string; readonly port: number }) => void): void;
  connect(): void;
  onSocketConnected(): void;
  onSocketData(chunk: Buffer): void;
  onSocketClosed(hadError: boolean): void;
  onSocketError(error: Error): void;
}

interface Library {
  createClient(servers: string, options: { sessionTimeout: number; spinDelay: number; retries: number }): LibraryClient;
}

interface ExceptionModule {
  create(code: number, path?: string): LibraryError;
}

interface ConnectionManagerModule {
  readonly STATES: {
    readonly DISCONNECTED: number;
    readonly CONNECTING: number;
    readonly CONNECTED: number;
    readonly CLOSING: number;
    readonly CLOSED: number;
    readonly SESSION_EXPIRED: number;
  };
}

// The package has no exports map, so its inner modules can be had.
const load = createRequire(__filename);
export const library = load("node-zookeeper-client") as Library;
export const { STATES } = load("node-zookeeper-client/lib/ConnectionManager") as ConnectionManagerModule;
export const exceptions = load("node-zookeeper-client/lib/Exception") as ExceptionModule;

/** Numbers of errors as ZooKeeper sends them, where we do more with them than name them. */
export const ERROR = { CONNECTION_LOSS: -4, SESSION_EXPIRED: -112 } as const;

export const CREATE_MODE = { persistent: 0, ephemeral: 1, persistentSequential: 2, ephemeralSequential: 3 } as const;
