/** A source of randomness. Production passes `systemRandom`; specs and the simulator a seeded one, whose seed they print. */
export interface Random {
  /** A whole number in [0, bound). @param bound 1 to 2^32 */
  below(bound: number): number;

  /** A number in [0, 1). */
  fraction(): number;

  /** `count` random bytes. */
  bytes(count: number): Buffer;
}

/**
 * A random identifier in the text form Kafka uses: 16 bytes as base64url without padding, 22 characters, never beginning with `-`
 * (command lines would take it for a flag) and never one of the reserved ids (all zero, or zero but for a final one).
 */
export function randomUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const text = bytes.toString("base64url");
    if (!text.startsWith("-")) return text;
  }
}

/** Random numbers that repeat for the same seed (SplitMix32; good enough for schedules and tests, not for secrets). */
export class SeededRandom implements Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  fraction(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }
}
