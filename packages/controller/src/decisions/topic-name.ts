import { type Rejection, rejection } from "./rejection";

const LENGTH_MAX = 249;

/**
 * Judges a topic name by Kafka's rules: 1 to 249 characters of ASCII letters, digits, `.`, `_` and `-`, and neither `.` nor `..`,
 * since the name is a directory's name too.
 *
 * @returns null when it is a legal name
 */
export function judgeTopicName(name: string): Rejection | null {
  const flaw = flawOf(name);
  return flaw === null ? null : rejection("INVALID_TOPIC_EXCEPTION", `Topic name is invalid: ${flaw}`);
}

/**
 * Names existing topics that `name` would collide with: metric names turn `.` into `_`, so two topics that differ in these alone
 * would share their metrics.
 */
export function judgeTopicCollision(name: string, existing: Iterable<string>): Rejection | null {
  if (!/[._]/.test(name)) return null;
  const collided = metricName(name);
  const colliding: string[] = [];
  for (const other of existing) if (other !== name && metricName(other) === collided) colliding.push(other);
  if (colliding.length === 0) return null;
  return rejection(
    "INVALID_TOPIC_EXCEPTION",
    `Topic '${name}' collides with existing topics: ${colliding.toSorted().join(", ")}`,
  );
}

function flawOf(name: string): string | null {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > LENGTH_MAX) {
    return `the length of '${name}' is longer than the max allowed length ${LENGTH_MAX}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return null;
}

function metricName(name: string): string {
  return name.replaceAll(".", "_");
}
