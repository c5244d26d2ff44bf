import { KeyHash } from "./clean-key-hash";

/** Of a key's hash 16 bytes, and 8 of its offset. */
export const MAP_ENTRY_BYTES = 24;
const WORDS = MAP_ENTRY_BYTES / 4;

/**
 * For each key of a stretch of log the offset of its last record: a hash table of fixed size that holds hashes instead of keys, so that
 * memory depends on the number of keys alone. Two keys with the same 128 bits would count as one; nobody will meet that.
 */
export class CleanOffsetMap {
  /** Four words of hash, then the offset plus one in two: a place without offset is empty. */
  private readonly words: Int32Array;
  private readonly hash: KeyHash;
  private readonly slots: number;
  private readonly keysMax: number;
  private keys = 0;
  /** Every record up to it is accounted for; -1 before there is one. */
  latestOffset = -1;

  /**
   * @param bytesMax memory, `log.cleaner.dedupe.buffer.size`
   * @param loadFactor how full it may get, `log.cleaner.io.buffer.load.factor`
   * @param keysExpected more keys than this need not fit: a small log takes little memory
   * @param secret of `HASH_SECRET_BYTES`
   */
  constructor(bytesMax: number, loadFactor: number, keysExpected: number, secret: Buffer) {
    const slotsWanted = Math.ceil(Math.max(keysExpected, 1) / loadFactor) + SLOTS_MIN;
    const slotsMax = Math.min(Math.floor(bytesMax / MAP_ENTRY_BYTES), SLOTS_MAX);
    this.slots = primeAtOrBelow(Math.max(Math.min(slotsWanted, slotsMax), SLOTS_MIN));
    // One place stays empty, or looking for a key that is not there would never end.
    this.keysMax = Math.min(Math.max(Math.floor(this.slots * loadFactor), 1), this.slots - 1);
    this.words = new Int32Array(this.slots * WORDS);
    this.hash = new KeyHash(secret);
  }

  /** Number of keys. */
  get size(): number {
    return this.keys;
  }

  get memoryBytes(): number {
    return this.slots * MAP_ENTRY_BYTES;
  }

  /**
   * The key in `length` bytes from `start` on has a record at `offset`, which is greater than all before.
   *
   * @returns false, and nothing noted, when the map is full and the key a new one
   */
  put(bytes: Buffer, start: number, length: number, offset: number): boolean {
    const at = this.find(bytes, start, length);
    const { words, hash } = this;
    if (words[at + 4] === 0 && words[at + 5] === 0) {
      if (this.keys >= this.keysMax) return false;
      this.keys++;
      words[at] = hash.word0;
      words[at + 1] = hash.word1;
      words[at + 2] = hash.word2;
      words[at + 3] = hash.word3;
    }
    words[at + 4] = (offset + 1) | 0;
    words[at + 5] = Math.floor((offset + 1) / 2 ** 32);
    if (offset > this.latestOffset) this.latestOffset = offset;
    return true;
  }

  /** The offset noted last for a key; -1 when none was. */
  get(bytes: Buffer, start: number, length: number): number {
    const at = this.find(bytes, start, length);
    return (this.words[at + 5] ?? 0) * 2 ** 32 + ((this.words[at + 4] ?? 0) >>> 0) - 1;
  }

  /** Every record up to `offset` is accounted for, whether or not it has a key. */
  reached(offset: number): void {
    if (offset > this.latestOffset) this.latestOffset = offset;
  }

  /** Where the key's entry is, or would be. */
  private find(bytes: Buffer, start: number, length: number): number {
    const { words, hash, slots } = this;
    hash.of(bytes, start, length);
    let slot = (hash.word0 >>> 0) % slots;
    // The number of slots is prime, so that any step comes by all of them.
    const step = 1 + ((hash.word1 >>> 0) % (slots - 1));
    for (;;) {
      const at = slot * WORDS;
      if (words[at + 4] === 0 && words[at + 5] === 0) return at;
      if (
        words[at] === hash.word0 &&
        words[at + 1] === hash.word1 &&
        words[at + 2] === hash.word2 &&
        words[at + 3] === hash.word3
      ) {
        return at;
      }
      slot += step;
      if (slot >= slots) slot -= slots;
    }
  }
}

/** Fewer would not be worth a table. */
const SLOTS_MIN = 11;
/** The table is one array of less than 2 GiB. */
const SLOTS_MAX = 80_000_000;

function primeAtOrBelow(number: number): number {
  for (let candidate = number; ; candidate--) if (isPrime(candidate)) return candidate;
}

function isPrime(number: number): boolean {
  if (number < 4) return true;
  if (number % 2 === 0) return false;
  for (let divisor = 3; divisor * divisor <= number; divisor += 2) if (number % divisor === 0) return false;
  return true;
}
