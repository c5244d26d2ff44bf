import type { Plan } from "../explore/plan";

/** A mistake put into the built sources, as they are loaded. */
export interface Mutant {
  readonly name: string;
  /** Which rule it breaks. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** A seed that has caught it; should it not do so any more, others are played. */
  readonly knownSeed: number;
  /** Runs in which it can show; all by default. */
  readonly prefers?: (plan: Plan) => boolean;
}

export interface Patch {
  /** Below `packages/`, such as `broker/dist/partition/partition-leader.js`. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** @throws Error when the text to be replaced is not there, or more than once: the mutant no longer fits the sources */
export function applyPatch(source: string, { file, find, replace }: Patch): string {
  const at = source.indexOf(find);
  if (at < 0) throw new Error(`${file} does not contain ${JSON.stringify(find)}`);
  if (source.includes(find, at + 1)) throw new Error(`${file} contains ${JSON.stringify(find)} more than once`);
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
