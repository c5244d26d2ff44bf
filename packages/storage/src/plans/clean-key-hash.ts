/** Bytes of the secret that makes hashes differ from run to run. */
export const HASH_SECRET_BYTES = 16;

/**
 * SipHash-2-4 with 128 bits of result: a hash nobody can aim at without the secret, so that no client can pick two keys of which one
 * makes the cleaner drop the other. (Kafka takes MD5, which has no secret.)
 *
 * The result lies in `word0` to `word3` until the next call.
 *
 * @see Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012
 */
export class KeyHash {
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** v0 to v3 of the paper: each a low and a high half. */
  private readonly state = new Int32Array(8);
  private readonly secret: Int32Array;

  /** @param secret of `HASH_SECRET_BYTES` */
  constructor(secret: Buffer) {
    this.secret = Int32Array.from([0, 4, 8, 12], (at) => secret.readInt32LE(at));
  }

  /** Hashes `length` bytes from `start` on. */
  of(bytes: Buffer, start: number, length: number): void {
    const { state: v, secret } = this;
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = secret;
    v[0] = k0 ^ 0x70736575;
    v[1] = k1 ^ 0x736f6d65;
    v[2] = k2 ^ 0x6e646f6d ^ 0xee;
    v[3] = k3 ^ 0x646f7261;
    v[4] = k0 ^ 0x6e657261;
    v[5] = k1 ^ 0x6c796765;
    v[6] = k2 ^ 0x79746573;
    v[7] = k3 ^ 0x74656462;

    const wholeEnd = start + (length & ~7);
    for (let at = start; at < wholeEnd; at += 8) this.take(word(bytes, at), word(bytes, at + 4));
    let low = 0;
    let high = length << 24;
    for (let at = start + length - 1; at >= wholeEnd; at--) {
      const index = at - wholeEnd;
      if (index < 4) low |= (bytes[at] ?? 0) << (8 * index);
      else high |= (bytes[at] ?? 0) << (8 * (index - 4));
    }
    this.take(low, high);

    v[4] = (v[4] ?? 0) ^ 0xee;
    rounds(v, 4);
    this.word0 = (v[0] ?? 0) ^ (v[2] ?? 0) ^ (v[4] ?? 0) ^ (v[6] ?? 0);
    this.word1 = (v[1] ?? 0) ^ (v[3] ?? 0) ^ (v[5] ?? 0) ^ (v[7] ?? 0);
    v[2] = (v[2] ?? 0) ^ 0xdd;
    rounds(v, 4);
    this.word2 = (v[0] ?? 0) ^ (v[2] ?? 0) ^ (v[4] ?? 0) ^ (v[6] ?? 0);
    this.word3 = (v[1] ?? 0) ^ (v[3] ?? 0) ^ (v[5] ?? 0) ^ (v[7] ?? 0);
  }

  private take(low: number, high: number): void {
    const v = this.state;
    v[6] = (v[6] ?? 0) ^ low;
    v[7] = (v[7] ?? 0) ^ high;
    rounds(v, 2);
    v[0] = (v[0] ?? 0) ^ low;
    v[1] = (v[1] ?? 0) ^ high;
  }
}

/** Four bytes, the first the lowest. */
function word(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** The paper's rounds, on 64-bit words in two halves: sums carry over by hand, turns by 32 swap the halves. */
function rounds(v: Int32Array, count: number): void {
  let a = v[0] ?? 0;
  let A = v[1] ?? 0;
  let b = v[2] ?? 0;
  let B = v[3] ?? 0;
  let c = v[4] ?? 0;
  let C = v[5] ?? 0;
  let d = v[6] ?? 0;
  let D = v[7] ?? 0;
  let sum = 0;
  let turned = 0;
  for (let round = 0; round < count; round++) {
    // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
    sum = (a + b) | 0;
    A = (A + B + (sum >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = sum;
    turned = (b << 13) | (B >>> 19);
    B = ((B << 13) | (b >>> 19)) ^ A;
    b = turned ^ a;
    sum = a;
    a = A;
    A = sum;
    // v2 += v3; v3 <<<= 16; v3 ^= v2
    sum = (c + d) | 0;
    C = (C + D + (sum >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = sum;
    turned = (d << 16) | (D >>> 16);
    D = ((D << 16) | (d >>> 16)) ^ C;
    d = turned ^ c;
    // v0 += v3; v3 <<<= 21; v3 ^= v0
    sum = (a + d) | 0;
    A = (A + D + (sum >>> 0 < a >>> 0 ? 1 : 0)) | 0;
    a = sum;
    turned = (d << 21) | (D >>> 11);
    D = ((D << 21) | (d >>> 11)) ^ A;
    d = turned ^ a;
    // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
    sum = (c + b) | 0;
    C = (C + B + (sum >>> 0 < c >>> 0 ? 1 : 0)) | 0;
    c = sum;
    turned = (b << 17) | (B >>> 15);
    B = ((B << 17) | (b >>> 15)) ^ C;
    b = turned ^ c;
    sum = c;
    c = C;
    C = sum;
  }
  v[0] = a;
  v[1] = A;
  v[2] = b;
  v[3] = B;
  v[4] = c;
  v[5] = C;
  v[6] = d;
  v[7] = D;
}
