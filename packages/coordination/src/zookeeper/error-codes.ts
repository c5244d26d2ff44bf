import { CoordinationError, type CoordinationErrorCode } from "../port";
import type { LibraryError } from "./library";

/** The library's error as ours, with the path it lacks. */
export function asCoordinationError(error: LibraryError, operation: string, path: string): CoordinationError {
  const code = codeOf(error.code);
  return new CoordinationError(code, operation, path, {
    cause: error,
    ...(code === "OTHER" ? { detail: `ZooKeeper error ${NAMES_OF_OTHERS.get(error.code) ?? error.code}` } : {}),
  });
}

/** ZooKeeper's number as one of our names; OTHER for what no caller of ours can do anything about. */
export function codeOf(zookeeperCode: number): CoordinationErrorCode {
  return CODES.get(zookeeperCode) ?? "OTHER";
}

const CODES = new Map<number, CoordinationErrorCode>([
  [-4, "CONNECTION_LOSS"],
  // The server gave up waiting for its peers: as with a lost connection, the write may yet happen.
  [-7, "CONNECTION_LOSS"],
  [-101, "NO_NODE"],
  [-103, "BAD_VERSION"],
  [-108, "NO_CHILDREN_FOR_EPHEMERALS"],
  [-110, "NODE_EXISTS"],
  [-111, "NOT_EMPTY"],
  [-112, "SESSION_EXPIRED"],
  [-115, "AUTH_FAILED"],
  // The session has moved on to another connection than the one that asked.
  [-118, "CONNECTION_LOSS"],
]);

const NAMES_OF_OTHERS = new Map<number, string>([
  [-5, "MARSHALLING_ERROR"],
  [-6, "UNIMPLEMENTED"],
  [-8, "BAD_ARGUMENTS"],
  [-102, "NO_AUTH"],
  [-114, "INVALID_ACL"],
  [-119, "NOT_READONLY"],
  [-125, "QUOTA_EXCEEDED"],
  [-127, "THROTTLED_OP"],
]);
