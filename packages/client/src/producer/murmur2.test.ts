import { murmur2 } from "./murmur2";

describe("murmur2", () => {
  it.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["abc", 479470107],
  ])("gives %j the hash that Java's producer gives it", (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });
});
