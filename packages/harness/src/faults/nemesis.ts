import type { TopicPartition } from "@ottla/client";
import { type Random, sleep, systemClock } from "@ottla/runtime";
import type { ObservedPartition } from "../checker/election-invariants";
import type { ClusterUnderTest } from "../cluster/cluster-under-test";
import type { NemesisEvent } from "../history/nemesis-event";
import { nowMs } from "../history/now";
import { until } from "../until";
import { faultNamed } from "./catalogue";
import type { Victim } from "./fault";
import type { PlannedFault, PlannedPart } from "./fault-plan";
import { unlessZooKeeperIsAway, Victims } from "./victims";

export interface NemesisOptions {
  readonly cluster: ClusterUnderTest;
  /** Partitions whose leaders and followers are meant, as they are when a fault is due. */
  readonly keys: () => readonly TopicPartition[];
  readonly random: Random;
  readonly sink: (event: NemesisEvent) => void;
  /** How long the cluster may take to have all replicas in sync after a fault; 180,000 ms by default. */
  readonly wholeWithinMs?: number;
}

/** Carries out a plan: waits, hits, heals, waits until the cluster is whole, and writes down when each of it happened. */
export class Nemesis {
  private readonly victims: Victims;
  private fault = 0;

  constructor(private readonly options: NemesisOptions) {
    this.victims = new Victims(options);
  }

  /** @throws Error when the cluster does not become whole again, or cannot have what was planned */
  async carryOut(plan: Iterable<PlannedFault>, forMs = Number.POSITIVE_INFINITY): Promise<void> {
    const endMs = performance.now() + forMs;
    for (const planned of plan) {
      if (performance.now() + planned.quietMs > endMs) return;
      await this.one(planned);
    }
  }

  private async one({ quietMs, parts }: PlannedFault): Promise<void> {
    for (const { kind } of parts) {
      const refusal = faultNamed(kind).refusal(this.options.cluster);
      if (refusal !== null) throw new Error(refusal);
    }
    await sleep(systemClock, quietMs);
    const fault = ++this.fault;
    const aimed = await this.aim(parts);
    const event = {
      fault,
      kind: parts.map(nameOf).join(" & "),
      target: parts.map(({ target }) => target).join(" & "),
      nodes: aimed.flatMap(({ victims }) => victims),
    };
    const tell = (phase: NemesisEvent["phase"], more: Partial<NemesisEvent> = {}) =>
      this.options.sink({ timeMs: nowMs(), ...event, phase, ...more });
    tell("hit");
    const done = await Promise.allSettled(aimed.map((part) => this.hitAndHeal(part)));
    for (const one of done) if (one.status === "rejected") throw one.reason;
    tell("healed");
    tell("whole", { last: await this.untilWhole() });
  }

  /** Two faults that take processes never have the same victim. */
  private async aim(parts: readonly PlannedPart[]): Promise<AimedPart[]> {
    const aimed: AimedPart[] = [];
    const taken: Victim[] = [];
    for (const part of parts) {
      const { takesProcess } = faultNamed(part.kind);
      const victims = await this.victims.of(part.target, takesProcess ? taken : []);
      if (takesProcess) taken.push(...victims);
      aimed.push({ ...part, victims });
    }
    return aimed;
  }

  private async hitAndHeal({ kind, victims, delayMs, holdMs, manner }: AimedPart): Promise<void> {
    const { cluster, random } = this.options;
    await sleep(systemClock, delayMs);
    const heal = await faultNamed(kind).hit({ cluster, victims, random, manner });
    await sleep(systemClock, holdMs);
    await heal();
  }

  /** @returns the partitions that were waited for last */
  private async untilWhole(): Promise<readonly string[]> {
    const { cluster, wholeWithinMs = 180_000 } = this.options;
    let last: readonly string[] = [];
    try {
      await until("all replicas are in sync again", wholeWithinMs, () =>
        unlessZooKeeperIsAway(async () => {
          const waitedFor = await cluster.view.notWhole();
          if (waitedFor.length > 0) last = waitedFor.slice(0, NAMED_MAX).map(described);
          return waitedFor.length === 0;
        }),
      );
    } catch (failure) {
      throw new Error(`${(failure as Error).message}: ${last.join("; ")}`, { cause: failure });
    }
    return last;
  }
}

const described = ({ topic, partition, leader, leaderEpoch, isr, replicas }: ObservedPartition): string =>
  `${topic}-${partition} leader ${leader} epoch ${leaderEpoch} isr ${isr.join(",")} of ${replicas.join(",")}`;

/** How many partitions are named: thousands would say no more. */
const NAMED_MAX = 10;

interface AimedPart extends PlannedPart {
  readonly victims: readonly Victim[];
}

const nameOf = ({ kind, manner }: PlannedPart): string =>
  manner === "refused" && faultNamed(kind).isCut ? `${kind} (refused)` : kind;
