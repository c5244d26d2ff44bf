import { refuseLargeData, refuseLargeMulti } from "../data-limit";
import { type Attempts } from "../lost-replies";
import {
  type ChildrenOf,
  CoordinationError,
  type CreateOptions,
  MultiFailed,
  type NodeData,
  type Operation,
  type OperationResult,
  type Stat,
} from "../port";
import { asCoordinationError, codeOf } from "./error-codes";
import type { HardenedClient } from "./hardened-client";
import {
  CREATE_MODE,
  type LibraryClient,
  type LibraryError,
  type LibraryResult,
  type LibraryStat,
  type LibraryTransaction,
} from "./library";

/** Sends one request on the connection that stands, waiting for one first; see RequestGate. */
export type Send = <T>(
  operation: string,
  path: string,
  request: (client: LibraryClient, reply: (error: CoordinationError | null, value?: T) => void) => void,
) => Promise<T>;

/**
 * The calls of the port as single requests to the ensemble, in the library's terms.
 *
 * @param chroot prefix of every path; empty for none
 */
export function sessionAttempts(send: Send, client: () => HardenedClient, chroot: string): Attempts {
  const full = (path: string) => absolutePath(chroot, path);
  let newestZxid = 0n;
  return {
    get sessionId() {
      return client().sessionId;
    },
    get lastZxid() {
      const { lastZxid } = client();
      if (lastZxid > newestZxid) newestZxid = lastZxid;
      return newestZxid;
    },

    get: (path) =>
      send<NodeData | null>("get", path, (library, reply) => {
        library.getData(full(path), (error, data, stat) => {
          if (error) reply(...unlessMissing(error, "get", path));
          else reply(null, { data: data ?? null, stat: statOf(stat) });
        });
      }),

    children: (path) =>
      send<ChildrenOf | null>("children", path, (library, reply) => {
        library.getChildren(full(path), (error, names, stat) => {
          if (error) reply(...unlessMissing(error, "children", path));
          else reply(null, { names: (names ?? []).toSorted(), stat: statOf(stat) });
        });
      }),

    async create(path, data, options) {
      refuseLargeData("create", path, data);
      return send<string>("create", path, (library, reply) => {
        library.create(full(path), data ?? undefined, createMode(options), (error, made) => {
          if (error) reply(asCoordinationError(error, "create", path));
          else reply(null, made.slice(chroot.length));
        });
      });
    },

    async set(path, data, expectedVersion) {
      refuseLargeData("set", path, data);
      return send<Stat>("set", path, (library, reply) => {
        library.setData(full(path), data, expectedVersion ?? ANY_VERSION, (error, stat) => {
          if (error) reply(asCoordinationError(error, "set", path));
          else reply(null, statOf(stat));
        });
      });
    },

    remove: (path, expectedVersion) =>
      send<void>("remove", path, (library, reply) => {
        library.remove(full(path), expectedVersion ?? ANY_VERSION, (error) => {
          reply(error ? asCoordinationError(error, "remove", path) : null);
        });
      }),

    async multi(operations) {
      const first = operations[0]?.path ?? "/";
      refuseLargeMulti(operations);
      return send<readonly OperationResult[]>("multi", first, (library, reply) => {
        const transaction = library.transaction();
        for (const operation of operations) addTo(transaction, operation, full(operation.path));
        transaction.commit((error, results) => {
          if (results === undefined || results.length < operations.length) {
            if (error) reply(asCoordinationError(error, "multi", first));
            else reply(new CoordinationError("OTHER", "multi", first, { detail: "a reply without results" }));
            return;
          }
          const failed = results.findIndex(({ err }) => err !== undefined && err !== 0);
          const culprit = operations[failed];
          if (culprit !== undefined)
            reply(new MultiFailed(failed, codeOf(results[failed]?.err ?? 0), culprit, { cause: error }));
          else
            reply(
              null,
              operations.map((operation, index) => resultOf(operation, results[index])),
            );
        });
      });
    },
  };
}

export function absolutePath(chroot: string, path: string): string {
  if (chroot === "") return path;
  return path === "/" ? chroot : chroot + path;
}

/** What the wire says for "any version". */
const ANY_VERSION = -1;

function createMode({ ephemeral, sequential }: CreateOptions): number {
  if (sequential) return ephemeral ? CREATE_MODE.ephemeralSequential : CREATE_MODE.persistentSequential;
  return ephemeral ? CREATE_MODE.ephemeral : CREATE_MODE.persistent;
}

function addTo(transaction: LibraryTransaction, operation: Operation, path: string): void {
  if (operation.kind === "create") {
    transaction.create(path, operation.data ?? undefined, createMode({ ephemeral: operation.ephemeral ?? false }));
    return;
  }
  const version = operation.expectedVersion ?? ANY_VERSION;
  if (operation.kind === "set") transaction.setData(path, operation.data, version);
  else if (operation.kind === "remove") transaction.remove(path, version);
  else transaction.check(path, version);
  // The library takes version 0 for "none given", which would mean any.
  const added = transaction.ops.at(-1);
  if (added !== undefined) added.version = version;
}

function resultOf(operation: Operation, result: LibraryResult | undefined): OperationResult {
  if (operation.kind === "create") return { kind: "create", path: operation.path };
  if (operation.kind !== "set") return { kind: operation.kind };
  if (result?.stat === undefined)
    throw new CoordinationError("OTHER", "multi: set", operation.path, { detail: "no stat in the reply" });
  return { kind: "set", stat: statOf(result.stat) };
}

function unlessMissing(error: LibraryError, operation: string, path: string): [CoordinationError | null, null?] {
  const known = asCoordinationError(error, operation, path);
  return known.code === "NO_NODE" ? [null, null] : [known];
}

function statOf(stat: LibraryStat): Stat {
  return {
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    ctimeMs: Number(stat.ctime.readBigInt64BE()),
    mtimeMs: Number(stat.mtime.readBigInt64BE()),
    version: stat.version,
    childrenVersion: stat.cversion,
    ephemeralOwner: stat.ephemeralOwner.readBigInt64BE(),
    childrenCount: stat.numChildren,
  };
}
