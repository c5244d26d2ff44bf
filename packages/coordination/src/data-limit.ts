import { CoordinationError, type Operation } from "./port";

/** The server takes packets below 1 MiB, all included, and answers a larger one by closing the connection on everything in flight. */
const LARGEST_DATA_BYTES = 1_000_000;

/** @throws CoordinationError DATA_TOO_LARGE */
export function refuseLargeData(operation: string, path: string, data: Buffer | null): void {
  if (data !== null) refuseBytes(operation, path, data.length);
}

/** The same for all operations of a multi together, which go in one packet. */
export function refuseLargeMulti(operations: readonly Operation[]): void {
  const bytes = operations.reduce(
    (sum, o) => sum + o.path.length + BYTES_AROUND_EACH + ("data" in o ? (o.data?.length ?? 0) : 0),
    0,
  );
  refuseBytes("multi", operations[0]?.path ?? "/", bytes);
}

/** Headers, access list, lengths and a chroot of ordinary length. */
const BYTES_AROUND_EACH = 100;

function refuseBytes(operation: string, path: string, bytes: number): void {
  if (bytes <= LARGEST_DATA_BYTES) return;
  const detail = `${bytes} bytes, at most ${LARGEST_DATA_BYTES} are possible`;
  throw new CoordinationError("DATA_TOO_LARGE", operation, path, { detail });
}
