import { type Random, SeededRandom } from "@ottla/runtime";
import { drawFaults, type PlannedFault } from "./fault-plan";

/** Everything that a seed decides before a run begins. What happens in the run follows from it. */
export interface Plan {
  readonly seed: number;
  readonly brokers: number;
  /** Whether all brokers are processes of one machine: the kernel then proves a death. */
  readonly oneMachine: boolean;
  readonly configs: Readonly<Record<string, string>>;
  readonly topics: readonly PlannedTopic[];
  readonly producers: readonly PlannedProducer[];
  readonly consumers: number;
  /** One way, between any two nodes: the least, and how much it may vary. */
  readonly linkDelayMs: number;
  readonly linkJitterMs: number;
  readonly ensembleLatencyMs: number;
  /** Of a sync; 0 for none. */
  readonly diskDelayMs: number;
  readonly faults: readonly PlannedFault[];
  /** When the load has begun and faults may begin, and when all of them have been healed, milliseconds of the run. */
  readonly faultsFromMs: number;
  readonly faultsUntilMs: number;
}

export interface PlannedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

export interface PlannedProducer {
  readonly settings: "safe" | "default" | "weak";
  readonly sendsPerSecond: number;
  readonly lingerMs: number;
}

/**
 * Draws a run from its seed: mostly three brokers as they are commonly set up, sometimes others.
 *
 * @param seconds how long the run is, in simulated time; the last quarter is for healing
 */
export function drawPlan(seed: number, seconds: number): Plan {
  const random = new SeededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const brokers = pick(random, [3, 3, 3, 3, 3, 3, 4, 5, 2]);
  const replicationFactor = Math.min(3, brokers);
  const minInsyncReplicas = replicationFactor === 3 ? pick(random, [2, 2, 2, 2, 1]) : 1;
  const isFlushing = chance(random, 0.15);
  const oneMachine = chance(random, 0.4);
  const faultsFromMs = 1000;
  const faultsUntilMs = Math.max(faultsFromMs + 1000, Math.round(seconds * 750));
  const topics = drawTopics(random, { replicationFactor, minInsyncReplicas });
  return {
    seed,
    brokers,
    oneMachine,
    configs: drawConfigs(random, { replicationFactor, minInsyncReplicas, isFlushing }),
    topics,
    producers: drawProducers(random),
    consumers: pick(random, [1, 1, 2]),
    linkDelayMs: pick(random, [0.2, 0.2, 1, 5]),
    linkJitterMs: pick(random, [0, 0.3, 1, 8]),
    ensembleLatencyMs: pick(random, [1, 1, 2, 10]),
    diskDelayMs: pick(random, [0, 1, 5, 20]),
    faults: drawFaults(random, {
      brokers,
      topics: topics.map(({ name }) => name),
      fromMs: faultsFromMs,
      untilMs: faultsUntilMs,
      // What is on fewer replicas than this loses its power is not lost (rule 58); in flush mode nothing acknowledged ever is.
      tornAtOnceMax: minInsyncReplicas - 1,
      isFlushing,
      oneMachine,
    }),
    faultsFromMs,
    faultsUntilMs,
  };
}

function drawTopics(
  random: Random,
  shape: { readonly replicationFactor: number; readonly minInsyncReplicas: number },
): PlannedTopic[] {
  const count = pick(random, [1, 1, 2, 3]);
  return Array.from({ length: count }, (_, index) => ({
    name: `t${index}`,
    partitions: pick(random, [1, 1, 2, 4]),
    ...shape,
  }));
}

function drawConfigs(
  random: Random,
  {
    replicationFactor,
    minInsyncReplicas,
    isFlushing,
  }: { readonly replicationFactor: number; readonly minInsyncReplicas: number; readonly isFlushing: boolean },
): Record<string, string> {
  const configs: Record<string, string> = {
    "default.replication.factor": String(replicationFactor),
    "min.insync.replicas": String(minInsyncReplicas),
    "zookeeper.session.timeout.ms": pick(random, ["6000", "6000", "18000"]),
    "ottla.controller.suspect.timeout.ms": pick(random, ["500", "2000"]),
    "replica.lag.time.max.ms": pick(random, ["1000", "4000", "10000", "30000"]),
  };
  if (isFlushing) configs["log.flush.interval.messages"] = "1";
  if (chance(random, 0.25)) configs["log.segment.bytes"] = "4096";
  return configs;
}

function drawProducers(random: Random): PlannedProducer[] {
  const others = pick(random, [0, 1, 1, 2]);
  const producers: PlannedProducer[] = [drawProducer(random, "safe")];
  for (let i = 0; i < others; i++) producers.push(drawProducer(random, pick(random, ["safe", "default", "weak"])));
  return producers;
}

function drawProducer(random: Random, settings: PlannedProducer["settings"]): PlannedProducer {
  return { settings, sendsPerSecond: pick(random, [10, 30, 60]), lingerMs: pick(random, [0, 0, 5]) };
}

export function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[random.below(from.length)] ?? from[0];
}

export function chance(random: Random, of: number): boolean {
  return random.fraction() < of;
}
