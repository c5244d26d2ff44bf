import type { Random } from "@ottla/runtime";
import { faultNamed } from "./catalogue";
import type { CutManner } from "./fault";
import { type FaultTarget, faultTargets } from "./fault-target";

/** A fault, or several at a time. */
export interface RequestedFaults {
  readonly parts: readonly RequestedPart[];
  readonly count: number;
}

export interface RequestedPart {
  readonly kind: string;
  readonly target: FaultTarget;
  /** In place of the pace's. */
  readonly holdMs?: Span;
}

export interface PlannedFault {
  /** How long the cluster is left alone before, milliseconds. */
  readonly quietMs: number;
  readonly parts: readonly PlannedPart[];
}

export interface PlannedPart {
  readonly kind: string;
  readonly target: FaultTarget;
  /** How long after the first of them it hits. */
  readonly delayMs: number;
  /** How long it lasts until it is healed. */
  readonly holdMs: number;
  readonly manner: CutManner;
}

export type Span = readonly [min: number, max: number];

export interface Pace {
  readonly quietMs: Span;
  readonly holdMs: Span;
  /** How cuts are; drawn for each where it says `either`. `silent` by default. */
  readonly manner?: CutManner | "either";
}

/** All that was asked for, in an order and at a pace that follow from the seed alone. */
export function planFaults(requested: readonly RequestedFaults[], pace: Pace, random: Random): PlannedFault[] {
  const left = requested.flatMap(({ parts, count }) => Array.from({ length: count }, () => parts));
  const plan: PlannedFault[] = [];
  while (left.length > 0) {
    for (const parts of left.splice(random.below(left.length), 1)) plan.push(planned(parts, pace, random));
  }
  return plan;
}

/** What random faults are drawn from. */
export interface FaultChoice {
  readonly kind: string;
  readonly targets: readonly FaultTarget[];
}

/** Faults without end, one in three of them two at a time; all of it follows from the seed alone. */
export function* randomFaults(
  choices: readonly FaultChoice[],
  pace: Pace,
  random: Random,
): Generator<PlannedFault, never> {
  const drawPart = (): RequestedPart => {
    const { kind, targets } = drawn(choices, random);
    return { kind, target: drawn(targets, random) };
  };
  for (;;) {
    const first = drawPart();
    yield planned(random.below(3) === 0 ? [first, drawPart()] : [first], pace, random);
  }
}

function planned(parts: readonly RequestedPart[], pace: Pace, random: Random): PlannedFault {
  return {
    quietMs: between(pace.quietMs, random),
    parts: parts.map(({ kind, target, holdMs }, i) => {
      const span = holdMs ?? pace.holdMs;
      const manner = pace.manner ?? "silent";
      return {
        kind,
        target,
        delayMs: i === 0 ? 0 : between([0, span[0]], random),
        holdMs: between(span, random),
        manner: manner === "either" ? drawn(["silent", "refused"] as const, random) : manner,
      };
    }),
  };
}

/**
 * Reads `kill:leader:50,pause:controller@20000,kill:any/isolate:leader:3`: faults, each with its target, how long it lasts where that is
 * not the pace's, and how often. A slash joins those that come together.
 *
 * @param kind for targets that come without one, as in `leader:50`
 * @throws Error naming the part that cannot be read
 */
export function parseFaults(text: string, kind?: string): RequestedFaults[] {
  return text.split(",").map((whole) => {
    const found = /^(.+?)(?::(\d+))?$/.exec(whole);
    if (found?.[1] === undefined) throw new Error(`${whole} is no fault`);
    const parts = found[1].split("/").map((part) => parsePart(kind === undefined ? part : `${kind}:${part}`));
    return { parts, count: Number(found[2] ?? 1) };
  });
}

/**
 * Reads `kill,pause:leader,pause:any`.
 *
 * @param targetsOf says whom a fault may hit that comes without a target
 * @throws Error naming the part that cannot be read
 */
export function parseChoices(text: string, targetsOf: (kind: string) => readonly FaultTarget[]): FaultChoice[] {
  return text.split(",").map((part) => {
    if (!part.includes(":")) return { kind: faultNamed(part).kind, targets: targetsOf(part) };
    const { kind, target } = parsePart(part);
    return { kind, targets: [target] };
  });
}

function parsePart(text: string): RequestedPart {
  const [named = "", hold] = text.split("@");
  const [kind = "", name = ""] = named.split(":");
  const { targets } = faultNamed(kind);
  const target = faultTargets.find((one) => one === name);
  if (target === undefined) throw new Error(`${name} is no target; there are ${faultTargets.join(", ")}`);
  if (!targets.includes(target)) throw new Error(`${kind} does not hit ${name}, but ${targets.join(", ")}`);
  if (named.split(":").length > 2) throw new Error(`${text}: ${named.split(":")[2]} is no count`);
  if (hold === undefined) return { kind, target };
  const span = /^(\d+)(?:-(\d+))?$/.exec(hold);
  if (span === null) throw new Error(`${text}: ${hold} is no time in milliseconds`);
  return { kind, target, holdMs: [Number(span[1]), Math.max(Number(span[1]), Number(span[2] ?? span[1]))] };
}

function drawn<T>(from: readonly T[], random: Random): T {
  const one = from[random.below(Math.max(1, from.length))];
  if (one === undefined) throw new Error("there is nothing to draw from");
  return one;
}

function between([min, max]: Span, random: Random): number {
  return min + random.below(max - min + 1);
}
