/**
 * The number that ZooKeeper appended to the name of a sequential node: its last ten digits.
 *
 * @returns null when `name` does not begin with `prefix` or does not end in a number; such a node is not ours to judge
 */
export function sequenceNumberOf(prefix: string, name: string): number | null {
  if (!name.startsWith(prefix)) return null;
  const digits = name.slice(prefix.length);
  return /^-?\d{10}$/.test(digits) ? Number(digits) : null;
}
