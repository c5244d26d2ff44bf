import { randomBytes } from "node:crypto";
import type { Random } from "./random";

/** Randomness from the operating system. */
export const systemRandom: Random = {
  below: (bound) => Math.floor(Math.random() * bound),
  fraction: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
