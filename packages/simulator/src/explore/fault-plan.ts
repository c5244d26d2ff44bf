import type { Random } from "@ottla/runtime";

/** Whom a fault hits. Roles are looked up when it strikes. */
export type FaultTarget =
  | { readonly role: "broker"; readonly id: number }
  | { readonly role: "leader"; readonly topic: string }
  | { readonly role: "controller" };

/** One fault: it strikes, and is healed after a while where it does not heal by itself. */
export type PlannedFault = {
  readonly atMs: number;
  readonly forMs: number;
} & FaultDeed;

export type FaultDeed =
  /** kill -9, and a start after `forMs`. */
  | { readonly kind: "kill"; readonly target: FaultTarget }
  /** Every broker is killed; each starts again in its own time. */
  | { readonly kind: "kill-all"; readonly apartMs: number }
  /** SIGTERM, and a start after `forMs`. */
  | { readonly kind: "stop"; readonly target: FaultTarget }
  /** The machine loses power and what was not synced. */
  | { readonly kind: "power-loss"; readonly target: FaultTarget }
  /** All machines do: only where everything acknowledged is synced. */
  | { readonly kind: "power-loss-all"; readonly apartMs: number }
  /** Killed, and its disk replaced by an empty one. */
  | { readonly kind: "wiped-disk"; readonly target: FaultTarget }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly kind: "pause"; readonly target: FaultTarget }
  /** No packet between it and any other broker. */
  | { readonly kind: "isolate"; readonly target: FaultTarget }
  /** No packet between it and the controller. */
  | { readonly kind: "cut-from-controller"; readonly target: FaultTarget }
  | { readonly kind: "cut"; readonly target: FaultTarget; readonly other: number; readonly oneWay: boolean }
  /** Dials between them are refused; what stands is broken. */
  | { readonly kind: "refuse"; readonly target: FaultTarget; readonly other: number }
  | {
      readonly kind: "slow-link";
      readonly target: FaultTarget;
      readonly other: number;
      readonly delayMs: number;
    }
  /** No packet between it and the clients. */
  | { readonly kind: "cut-from-clients"; readonly target: FaultTarget }
  | { readonly kind: "cut-from-ensemble"; readonly target: FaultTarget }
  | { readonly kind: "expire"; readonly target: FaultTarget }
  | { readonly kind: "expire-all" }
  | { readonly kind: "quorum-loss" }
  | { readonly kind: "slow-disk"; readonly target: FaultTarget; readonly delayMs: number }
  /** Its disk refuses; the process is killed after `forMs` and starts again on a disk that works. */
  | { readonly kind: "disk-error"; readonly target: FaultTarget }
  | { readonly kind: "reassign"; readonly topic: string; readonly shift: number }
  | { readonly kind: "preferred-election" }
  | { readonly kind: "create-topic" }
  | { readonly kind: "delete-topic" };

export type FaultKind = FaultDeed["kind"];

export interface FaultBounds {
  readonly brokers: number;
  readonly topics: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
  /** How many replicas may have lost their tail at a time without a loss of what was acknowledged. */
  readonly tornAtOnceMax: number;
  /** Whether whatever is acknowledged is synced. */
  readonly isFlushing: boolean;
  /** Whether all brokers share one machine, and lose its power together. */
  readonly oneMachine: boolean;
}

/** How likely each kind is, where it is allowed. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 14,
  "kill-all": 2,
  stop: 5,
  "power-loss": 7,
  "power-loss-all": 3,
  "wiped-disk": 3,
  pause: 7,
  isolate: 7,
  "cut-from-controller": 4,
  cut: 8,
  refuse: 4,
  "slow-link": 5,
  "cut-from-clients": 4,
  "cut-from-ensemble": 5,
  expire: 4,
  "expire-all": 2,
  "quorum-loss": 3,
  "slow-disk": 3,
  "disk-error": 3,
  reassign: 4,
  "preferred-election": 3,
  "create-topic": 2,
  "delete-topic": 1,
};

/** Draws what goes wrong, and when: in some runs one thing at a time, in others several at once. */
export function drawFaults(random: Random, bounds: FaultBounds): PlannedFault[] {
  const meanGapMs = [600, 1500, 3000][random.below(3)] ?? 1500;
  const faults: PlannedFault[] = [];
  const kinds = favourites(random, bounds);
  for (let atMs = bounds.fromMs; ; ) {
    atMs += Math.round(meanGapMs * (0.1 + 1.8 * random.fraction()));
    if (atMs >= bounds.untilMs) return faults;
    const deed = drawDeed(random, kinds, bounds);
    const longest = random.below(4) === 0 ? 12_000 : 4000;
    const forMs = Math.min(bounds.untilMs - atMs, Math.round(50 + longest * random.fraction() ** 2));
    faults.push({ atMs, forMs, ...deed });
  }
}

/** A run leans on some kinds, so that things meet that seldom do. */
function favourites(random: Random, bounds: FaultBounds): readonly (readonly [FaultKind, number])[] {
  return Object.entries(WEIGHTS)
    .filter(([kind]) => isAllowed(kind as FaultKind, bounds))
    .map(([kind, weight]) => [kind as FaultKind, random.below(3) === 0 ? weight * 4 : weight]);
}

function isAllowed(kind: FaultKind, { tornAtOnceMax, isFlushing, oneMachine }: FaultBounds): boolean {
  switch (kind) {
    case "power-loss":
      return isFlushing || (tornAtOnceMax > 0 && !oneMachine);
    case "power-loss-all":
      return isFlushing;
    case "wiped-disk":
    case "disk-error":
      return tornAtOnceMax > 0;
    default:
      return true;
  }
}

function drawDeed(
  random: Random,
  kinds: readonly (readonly [FaultKind, number])[],
  { brokers, topics }: FaultBounds,
): FaultDeed {
  const kind = weighted(random, kinds);
  const target = drawTarget(random, brokers, topics);
  const other = 1 + random.below(brokers);
  const apartMs = random.below(2) === 0 ? 0 : random.below(2000);
  switch (kind) {
    case "kill-all":
    case "power-loss-all":
      return { kind, apartMs };
    case "cut":
      return { kind, target, other, oneWay: random.below(2) === 0 };
    case "refuse":
      return { kind, target, other };
    case "slow-link":
      return { kind, target, other, delayMs: [20, 100, 600][random.below(3)] ?? 20 };
    case "slow-disk":
      return { kind, target, delayMs: [30, 200, 1500][random.below(3)] ?? 30 };
    case "reassign":
      return { kind, topic: topics[random.below(topics.length)] ?? "t0", shift: 1 + random.below(brokers) };
    case "expire-all":
    case "quorum-loss":
    case "preferred-election":
    case "create-topic":
    case "delete-topic":
      return { kind };
    default:
      return { kind, target };
  }
}

function drawTarget(random: Random, brokers: number, topics: readonly string[]): FaultTarget {
  const dice = random.below(10);
  if (dice < 4) return { role: "leader", topic: topics[random.below(topics.length)] ?? "t0" };
  if (dice < 6) return { role: "controller" };
  return { role: "broker", id: 1 + random.below(brokers) };
}

function weighted(random: Random, kinds: readonly (readonly [FaultKind, number])[]): FaultKind {
  let left = random.fraction() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "kill";
}
