/** An inclusive range of message versions; `to` is `Infinity` for an open range such as "3+". `null` stands for "none". */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads Kafka's notation for versions: "3", "0-4", "2+" or "none".
 *
 * @throws RangeError when the text is none of these; schemas are our own source, so this is a mistake in a schema
 */
export function parseVersions(text: string): VersionRange | null {
  if (text === "none") return null;
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a range of versions`);
  const from = Number(match[1]);
  const to = match[3] === "+" ? Number.POSITIVE_INFINITY : Number(match[2] ?? match[1]);
  if (to < from) throw new RangeError(`"${text}" is an empty range of versions`);
  return { from, to };
}

/** Whether a version lies in a range. */
export function containsVersion(range: VersionRange | null, version: number): boolean {
  return range !== null && version >= range.from && version <= range.to;
}
