import type { SettingsClass } from "../history/history-event";
import type { AnomalyName } from "./anomaly";

/**
 * Whether a client of these settings was promised that `name` does not happen to its operations.
 *
 * - `safe`: acks=all with idempotence. Nothing is allowed.
 * - `default`: acks=all without idempotence. A retried send may lie there twice, and behind a later one.
 * - `weak`: acks=1. A leader that dies takes acknowledged records with it, and their offsets go to others. What was polled stays.
 */
export function promisesNo(name: AnomalyName, settings: SettingsClass): boolean {
  return !ALLOWED[settings].has(name);
}

const RETRIES_SHOW: readonly AnomalyName[] = ["duplicate", "nonmonotonic-send", "int-nonmonotonic-send"];

const ALLOWED: Readonly<Record<SettingsClass, ReadonlySet<AnomalyName>>> = {
  safe: new Set(),
  default: new Set(RETRIES_SHOW),
  weak: new Set([...RETRIES_SHOW, "lost-write", "unseen", "offset-mismatch"]),
};
