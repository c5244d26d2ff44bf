import { containsVersion, parseVersions } from "./version-range";

describe("Kafka's notation for versions", () => {
  it.each([
    ["3", 3, 3],
    ["0-4", 0, 4],
    ["2+", 2, Number.POSITIVE_INFINITY],
    ["10-12", 10, 12],
  ])("%s is from %d to %d", (text, from, to) => {
    expect(parseVersions(text)).toEqual({ from, to });
    expect([from - 1, from, to, to + 1].map((version) => containsVersion(parseVersions(text), version))).toEqual([
      false,
      true,
      true,
      to === Number.POSITIVE_INFINITY,
    ]);
  });

  it("has a word for no version", () => {
    expect(containsVersion(parseVersions("none"), 0)).toBe(false);
  });

  it.each(["", "a", "4-2", "-1", "1-2+", "1+-"])("does not take %p", (text) => {
    expect(() => parseVersions(text)).toThrow(RangeError);
  });
});
