import { clockFaults } from "./clock-faults";
import { diskFaults } from "./disk-faults";
import type { Fault } from "./fault";
import { membershipFaults } from "./membership-faults";
import { networkFaults } from "./network-faults";
import { processFaults } from "./process-faults";
import { sessionFaults } from "./session-faults";

/** Every fault there is. */
export const catalogue: readonly Fault[] = [
  ...processFaults,
  ...networkFaults,
  ...sessionFaults,
  ...clockFaults,
  ...diskFaults,
  ...membershipFaults,
];

/** @throws Error naming those there are */
export function faultNamed(kind: string): Fault {
  const found = catalogue.find((fault) => fault.kind === kind);
  if (found === undefined)
    throw new Error(`${kind} is no fault; there are ${catalogue.map((fault) => fault.kind).join(", ")}`);
  return found;
}
