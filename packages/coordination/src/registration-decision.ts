import type { RegisteredBroker } from "./znodes/broker-registration";

/** What lies at `/brokers/ids/N` when a broker wants to register there. */
export interface RegistrationFound {
  readonly ephemeralOwner: bigint;
  /** Null when its data cannot be read. */
  readonly broker: RegisteredBroker | null;
}

/** What a process knows of itself when it registers. */
export interface RegistrationSelf {
  readonly sessionId: bigint;
  readonly incarnation: string;
  /** Boot id of the running kernel; null where there is none. */
  readonly bootId: string | null;
  /** Ids of the log directories whose kernel lock this process holds. */
  readonly lockedDirectories: readonly string[];
}

/**
 * - create: nobody is registered
 * - ours: this very session registered already (the reply was lost)
 * - replaceOwn: an earlier session of this process; it may go at once
 * - replaceDead: a process that is proved dead; it may go at once
 * - wait: perhaps alive; only the end of its session proves the contrary
 */
export type RegistrationDecision = "create" | "ours" | "replaceOwn" | "replaceDead" | "wait";

/**
 * Says what to do about a registration that is in the way (replication rule 50).
 *
 * A kernel lock dies with its process and not before, but proves something inside one kernel alone: so the boot id must be the running
 * one, and one of the directories that the registration names must be ours by lock. One is enough: its owner kept the locks of all of
 * them, also of failed ones, until it ended.
 */
export function decideRegistration(found: RegistrationFound | null, self: RegistrationSelf): RegistrationDecision {
  if (found === null) return "create";
  if (found.ephemeralOwner === self.sessionId) return "ours";
  const ottla = found.broker?.ottla ?? null;
  if (ottla === null) return "wait";
  if (ottla.incarnation === self.incarnation) return "replaceOwn";
  const sameKernel = ottla.bootId !== null && ottla.bootId === self.bootId;
  const lockIsOurs = ottla.directories.some((directory) => self.lockedDirectories.includes(directory));
  return sameKernel && lockIsOurs ? "replaceDead" : "wait";
}
