import { SeededRandom } from "@ottla/runtime";
import { parseConnectString, shuffled } from "./connect-string";

describe("zookeeper.connect", () => {
  it.each([
    ["h", [{ host: "h", port: 2181 }], ""],
    [
      "h1:1,h2:2/kafka/a",
      [
        { host: "h1", port: 1 },
        { host: "h2", port: 2 },
      ],
      "/kafka/a",
    ],
    [
      " h1:1 , h2 ,",
      [
        { host: "h1", port: 1 },
        { host: "h2", port: 2181 },
      ],
      "",
    ],
    [
      "[::1]:2182,[fe80::1]/",
      [
        { host: "::1", port: 2182 },
        { host: "fe80::1", port: 2181 },
      ],
      "",
    ],
  ])("%j is read", (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each(["", "/chroot", "h:0", "h:70000", "h:x", "h 1", "::1", "h//a"])("%j is refused", (text) => {
    expect(() => parseConnectString(text)).toThrow("zookeeper.connect");
  });

  it("is tried in an order drawn at random, each server once", () => {
    const servers = [1, 2, 3, 4, 5];
    const orders = new Set(Array.from({ length: 50 }, (_, seed) => shuffled(servers, new SeededRandom(seed)).join()));
    expect(orders.size).toBeGreaterThan(10);
    for (const order of orders)
      expect(
        order
          .split(",")
          .map(Number)
          .toSorted((a, b) => a - b),
      ).toEqual(servers);
  });
});
