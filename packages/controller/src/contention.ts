import {
  type Coordination,
  CoordinationError,
  controllerEpoch,
  controller as controllerNode,
  MultiFailed,
  type Operation,
} from "@ottla/coordination";
import type { Clock } from "@ottla/runtime";

/** What a contest for `/controller` came to. */
export type ContestResult =
  | { readonly won: true; readonly epoch: number; readonly epochVersion: number }
  /** `controllerId`: who holds the node. */
  | { readonly won: false; readonly controllerId: number };

/** A term that this process holds already. */
export interface HeldTerm {
  readonly epoch: number;
  readonly epochVersion: number;
}

/** Contests lost to somebody who was gone again at once; each round means that another broker won or left. */
const ROUNDS_MAX = 20;

/**
 * Contends for the controller's duty, or sees who has it.
 *
 * The winner creates `/controller` and raises `/controller_epoch` in one multi at the version it has read, so that of any number of
 * contenders one wins, with an epoch that nobody had before.
 *
 * @param held the term this process is in; it stands as long as `/controller` is ours and the epoch is the same
 * @throws CoordinationError when the ensemble could not be asked; whatever had been written is found at the next call
 */
export async function contend(
  coordination: Coordination,
  brokerId: number,
  clock: Clock,
  held: HeldTerm | null,
): Promise<ContestResult> {
  let attempted: HeldTerm | null = held;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    // The epoch is read before the node: if no election has happened by the time of the multi, the node is still the one seen here.
    const epoch = await readEpoch(coordination);
    const node = await coordination.get(controllerNode.path);
    if (node !== null && node.stat.ephemeralOwner !== coordination.session.id) {
      return { won: false, controllerId: controllerNode.decode(node.data).brokerId };
    }
    if (node !== null) {
      if (attempted?.epoch === epoch.value && attempted.epochVersion === epoch.version)
        return { won: true, ...attempted };
      // Ours, of a term that has ended (the session was given up for lost and came back): a new term needs a new epoch.
      await removeOwn(coordination, epoch.version);
      continue;
    }
    attempted = { epoch: epoch.value + 1, epochVersion: epoch.version + 1 };
    try {
      await coordination.multi([
        {
          kind: "create",
          path: controllerNode.path,
          data: controllerNode.encode({ brokerId, timestampMs: clock.nowMs(), kraftControllerEpoch: -1 }),
          ephemeral: true,
        },
        {
          kind: "set",
          path: controllerEpoch.path,
          data: controllerEpoch.encode(attempted.epoch),
          expectedVersion: epoch.version,
        },
      ]);
      return { won: true, ...attempted };
    } catch (failure) {
      // Lost, or the reply was: the next round reads which.
      const lost = failure instanceof MultiFailed;
      const unknown = failure instanceof CoordinationError && failure.code === "CONNECTION_LOSS";
      if (!lost && !unknown) throw failure;
    }
  }
  throw new CoordinationError("OTHER", "contend", controllerNode.path, { detail: `no result in ${ROUNDS_MAX} rounds` });
}

/**
 * Gives `/controller` up, if it is this session's and no other election has happened since `epochVersion`.
 *
 * The node's own version says nothing, it is 0 for every holder: what protects the successor's node is the check of the epoch.
 */
export async function resign(coordination: Coordination, epochVersion: number): Promise<void> {
  const node = await coordination.get(controllerNode.path);
  if (node?.stat.ephemeralOwner === coordination.session.id) await removeOwn(coordination, epochVersion);
}

async function removeOwn(coordination: Coordination, epochVersion: number): Promise<void> {
  const operations: Operation[] = [
    { kind: "check", path: controllerEpoch.path, expectedVersion: epochVersion },
    { kind: "remove", path: controllerNode.path, expectedVersion: null },
  ];
  try {
    await coordination.multi(operations);
  } catch (failure) {
    // Refused: it is not ours any more, which is what was wanted.
    if (!(failure instanceof MultiFailed)) throw failure;
  }
}

async function readEpoch(coordination: Coordination): Promise<{ readonly value: number; readonly version: number }> {
  for (;;) {
    const node = await coordination.get(controllerEpoch.path);
    if (node !== null) return { value: controllerEpoch.decode(node.data), version: node.stat.version };
    try {
      await coordination.create(controllerEpoch.path, controllerEpoch.encode(controllerEpoch.initial));
    } catch (failure) {
      // Another contender was first: read its node.
      if (!(failure instanceof CoordinationError) || failure.code !== "NODE_EXISTS") throw failure;
    }
  }
}
