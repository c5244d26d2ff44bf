/**
 * What only a bug of ours can cause. Nobody catches it to carry on: the process stops, and its replicas take over.
 */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/**
 * Asserts one condition that must hold unless our own code is wrong. Never used on what a network or a disk delivers.
 *
 * @param explain builds the message with the values concerned; called only on failure
 * @throws InvariantViolation when `condition` is false
 */
export function invariant(condition: boolean, explain: () => string): asserts condition {
  if (!condition) throw new InvariantViolation(explain());
}
