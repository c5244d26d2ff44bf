import {
  brokerRegistration,
  type Coordination,
  CoordinationError,
  controllerEpoch,
  controller as controllerNode,
  MultiFailed,
} from "@ottla/coordination";
import type { Clock } from "@ottla/runtime";
import type { ControllerIdentity } from "./broker-peers";
import type { ProbeTarget } from "./broker-probe";
import type { HeldTerm } from "./contention";

/** The controller as the ensemble names it now: its duty, and the registration of its process. */
export interface StandingController {
  readonly about: ControllerIdentity;
  /** Data version of `/controller_epoch` in its term. */
  readonly epochVersion: number;
  /** Null when its broker is not registered. */
  readonly target: ProbeTarget | null;
  /** Ids of all registered brokers. */
  readonly registered: readonly number[];
}

/** Reads who is controller, and in which term; null while nobody is. */
export async function readStandingController(coordination: Coordination): Promise<StandingController | null> {
  // The epoch first: should another controller be elected after this, the version read here is no longer the present one.
  const epoch = await coordination.get(controllerEpoch.path);
  const node = await coordination.get(controllerNode.path);
  if (epoch === null || node === null) return null;
  const { brokerId } = controllerNode.decode(node.data);
  const registered = ((await coordination.children(brokerRegistration.parent))?.names ?? []).map(Number);
  const found = await coordination.get(brokerRegistration.path(brokerId));
  // A registration of another session than the duty's says nothing about the controller.
  const own = found?.data != null && found.stat.ephemeralOwner === node.stat.ephemeralOwner ? found : null;
  const registration = own === null ? null : brokerRegistration.decode(own.data, brokerRegistration.path(brokerId));
  return {
    about: {
      controllerId: brokerId,
      controllerEpoch: controllerEpoch.decode(epoch.data),
      incarnation: registration?.ottla?.incarnation ?? "",
    },
    epochVersion: epoch.stat.version,
    target: own === null || registration === null ? null : { brokerId, brokerEpoch: own.stat.czxid, registration },
    registered,
  };
}

/**
 * Takes the duty from a controller that is taken for dead: raises the epoch at the version seen, removes its node and creates another, all
 * in one (rule 46). The version of `/controller` says nothing, it is 0 for every holder; what makes a late takeover harmless is the epoch.
 *
 * @returns the term won; null when somebody else was quicker, or the outcome is unknown
 */
export async function takeOver(
  coordination: Coordination,
  brokerId: number,
  clock: Clock,
  from: StandingController,
): Promise<HeldTerm | null> {
  const epoch = from.about.controllerEpoch + 1;
  try {
    await coordination.multi([
      {
        kind: "set",
        path: controllerEpoch.path,
        data: controllerEpoch.encode(epoch),
        expectedVersion: from.epochVersion,
      },
      { kind: "remove", path: controllerNode.path, expectedVersion: null },
      {
        kind: "create",
        path: controllerNode.path,
        data: controllerNode.encode({ brokerId, timestampMs: clock.nowMs(), kraftControllerEpoch: -1 }),
        ephemeral: true,
      },
    ]);
    return { epoch, epochVersion: from.epochVersion + 1 };
  } catch (failure) {
    const lost = failure instanceof MultiFailed;
    const unknown = failure instanceof CoordinationError && failure.code === "CONNECTION_LOSS";
    if (!lost && !unknown) throw failure;
    return null;
  }
}
