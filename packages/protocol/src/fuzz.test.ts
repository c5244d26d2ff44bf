import { decodeRequestHeader } from "./framing";
import { decode } from "./schema/decode";
import { MalformedMessage } from "./schema/malformed-message";
import type { MessageSchema } from "./schema/message";
import { allMessages } from "./testing/all-messages";
import { goldenMessages } from "./testing/golden";

const SEED = Number(process.env["OTTLA_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

describe(`decoding whatever comes (OTTLA_SEED=${SEED})`, () => {
  const random = seeded(SEED);
  const samples = allMessages().flatMap((message) =>
    goldenMessages(message.name).map(({ version, hex }) => ({ message, version, bytes: Buffer.from(hex, "hex") })),
  );

  it("of 40,000 damaged messages each is a value or malformed", () => {
    const outcomes = { value: 0, malformed: 0 };
    for (let round = 0; round < 40_000; round++) {
      const { message, version, bytes } = samples[below(samples.length)]!;
      outcomes[outcomeOf(message, version, damaged(bytes))]++;
    }
    // Damage inside a string or a number leaves a message; damage to a length rarely does.
    expect(outcomes.value).toBeGreaterThan(1_000);
    expect(outcomes.malformed).toBeGreaterThan(10_000);
  });

  it("of 20,000 strings of random bytes each is a value or malformed", () => {
    for (let round = 0; round < 20_000; round++) {
      const { message, version } = samples[below(samples.length)]!;
      const bytes = Buffer.from(Array.from({ length: below(200) }, () => below(256)));
      expect(["value", "malformed"]).toContain(outcomeOf(message, version, bytes));
    }
  });

  it("each prefix of a message is malformed, as each byte of it is needed", () => {
    for (const { message, version, bytes } of samples) {
      const cut = bytes.subarray(0, below(bytes.length));
      if (bytes.length === 0) continue;
      expect([message.name, version, outcomeOf(message, version, cut)]).toEqual([message.name, version, "malformed"]);
    }
  });

  it("20,000 random request headers are read or malformed", () => {
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: below(40) }, () => below(256)));
      if (bytes.length >= 2 && below(2) === 0) bytes.writeInt16BE(below(70), 0);
      try {
        expect(decodeRequestHeader(bytes).bodyOffset).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }
  });

  it("never allocates by an announcement: huge lengths and counts in every place cost less than 64 MiB", () => {
    const before = process.memoryUsage();
    let most = 0;
    for (let round = 0; round < 4_000; round++) {
      const { message, version, bytes } = samples[below(samples.length)]!;
      const huge = Buffer.concat([bytes]);
      if (huge.length >= 5) HUGE[below(HUGE.length)]!.copy(huge, below(huge.length - 4));
      outcomeOf(message, version, huge);
      if (round % 100 === 0) {
        const now = process.memoryUsage();
        most = Math.max(most, now.external - before.external, now.arrayBuffers - before.arrayBuffers);
      }
    }
    expect(most).toBeLessThan(64 * 1024 * 1024);
  });

  function below(limit: number): number {
    return Math.floor(random() * limit);
  }

  /** One to four changes: bytes replaced, bits turned, lengths put in, bytes cut out, doubled or appended. */
  function damaged(original: Buffer): Buffer {
    let bytes = Buffer.from(original);
    for (let change = below(4); change >= 0; change--) {
      const at = below(bytes.length + 1);
      const kind = below(6);
      if (kind === 0 && at < bytes.length) bytes[at] = below(256);
      else if (kind === 1 && at < bytes.length) bytes[at]! ^= 1 << below(8);
      else if (kind === 2) HUGE[below(HUGE.length)]!.copy(bytes, at);
      else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(8))]);
      else if (kind === 4) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))]);
      else bytes = Buffer.concat([bytes, Buffer.from(Array.from({ length: below(8) }, () => below(256)))]);
    }
    return bytes;
  }
});

const HUGE = ["7fffffff", "80000000", "ffffffff", "fffffffe", "ffffffff0f", "feffffff07", "8080808001", "7fff"].map(
  (hex) => Buffer.from(hex, "hex"),
);

function outcomeOf(message: MessageSchema, version: number, bytes: Buffer): "value" | "malformed" {
  try {
    const { bytesRead } = decode(message, version, bytes, { allowTrailing: true });
    if (bytesRead > bytes.length) throw new Error("read beyond the end");
    return "value";
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    if (!error.message.startsWith(message.name)) throw new Error("the message is not named", { cause: error });
    return "malformed";
  }
}

/** Mulberry32: small, and good enough to spread damage. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
