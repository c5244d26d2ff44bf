import { type Random, sleep, systemClock } from "@ottla/runtime";
import { until } from "../until";
import type { Fault, Heal, Strike } from "./fault";
import { PartitionOrders, unlessAway } from "./partition-orders";

/** How many partitions are moved at a time. */
const MOVED_MAX = 20;
/** Slow enough that a move takes seconds. */
const THROTTLE_KB_PER_SECOND = 100;

/** No faults, but what a cluster must be able to do while it is loaded and broken: elect other leaders, and move. */
export const membershipFaults: readonly Fault[] = [
  order("elect", "get another order of replicas and have their preferred leaders elected, again and again", elect),
  order("reassign", `move to other brokers, ${MOVED_MAX} of them`, (strike) => reassign(strike, null)),
  order("reassign-throttled", `move with ${THROTTLE_KB_PER_SECOND} kB/s, ${MOVED_MAX} of them`, (strike) =>
    reassign(strike, THROTTLE_KB_PER_SECOND * 1000),
  ),
];

function order(kind: string, what: string, hit: Fault["hit"]): Fault {
  return { kind, what, targets: ["partitions"], takesProcess: false, isCut: false, refusal: () => null, hit };
}

async function elect({ cluster, random }: Strike): Promise<Heal> {
  const orders = new PartitionOrders(cluster);
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await unlessAway(async () => {
        const some = drawn(await orders.assignments(), MOVED_MAX, random);
        await orders.reassign(
          some.map(({ replicas, ...of }) => ({ ...of, replicas: drawn(replicas, replicas.length, random) })),
        );
        await orders.electPreferred(some);
      });
      await sleep(systemClock, ELECT_AGAIN_MS);
    }
  };
  const running = run();
  // A failure is thrown by the healing; until then it must not count as unhandled.
  running.catch(() => undefined);
  return async () => {
    stopping.abort();
    try {
      await running;
    } finally {
      await orders.close();
    }
  };
}

/** Healed when all moves have come to their end, whatever happened to brokers meanwhile. */
async function reassign({ cluster, random }: Strike, bytesPerSecond: number | null): Promise<Heal> {
  const orders = new PartitionOrders(cluster);
  // A request whose answer is lost may have been carried out, or not.
  const persist = (what: string, act: () => Promise<void>) => until(what, ORDER_MS, () => unlessAway(act));
  try {
    if (bytesPerSecond !== null) await persist("moves are throttled", () => orders.throttle(bytesPerSecond));
    const some = drawn(await orders.assignments(), MOVED_MAX, random);
    const moved = some.map(({ replicas, ...of }) => ({
      ...of,
      replicas: drawn(cluster.brokerIds, replicas.length, random),
    }));
    await persist("moves have begun", () => orders.reassign(moved));
  } catch (failure) {
    await orders.close();
    throw failure;
  }
  return async () => {
    try {
      let left = -1;
      await until("all moves are done", MOVE_MS, async () => {
        await unlessAway(async () => {
          left = await orders.underWay();
        });
        return left === 0;
      });
      if (bytesPerSecond !== null) await persist("the throttle is lifted", () => orders.throttle(null));
    } finally {
      await orders.close();
    }
  };
}

/** `count` of them, in a random order. */
function drawn<T>(from: readonly T[], count: number, random: Random): T[] {
  const left = [...from];
  const some: T[] = [];
  while (some.length < count && left.length > 0) some.push(...left.splice(random.below(left.length), 1));
  return some;
}

const ELECT_AGAIN_MS = 200;
const ORDER_MS = 60_000;
const MOVE_MS = 180_000;
