/**
 * The 32-bit murmur2 hash by which Java's producer places keyed records.
 *
 * @returns a signed int32
 */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length;
  let hash = SEED ^ length;
  const wholeWords = length & ~3;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), M);
    word ^= word >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const rest = length - wholeWords;
  if (rest > 2) hash ^= bytes[wholeWords + 2]! << 16;
  if (rest > 1) hash ^= bytes[wholeWords + 1]! << 8;
  if (rest > 0) hash = Math.imul(hash ^ bytes[wholeWords]!, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;
