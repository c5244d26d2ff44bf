import { MalformedMessage } from "../schema/malformed-message";
import { offsetCommitKey, offsetCommitValue } from "./committed-offset";
import { consumerProtocolSubscription } from "./consumer-protocol";
import { groupMetadataKey } from "./group-metadata";
import { decodeVersioned, encodeVersioned, peekVersion } from "./versioned";

describe("a payload behind its version", () => {
  it("comes back with the version", () => {
    const bytes = encodeVersioned(offsetCommitValue, 3, { offset: 5n, metadata: "m", commitTimestamp: 1n });
    expect(bytes.readInt16BE(0)).toBe(3);
    const { version, value } = decodeVersioned(offsetCommitValue, bytes, { newer: "refuse" });
    expect(version).toBe(3);
    expect(value).toEqual({ offset: 5n, leaderEpoch: -1, metadata: "m", commitTimestamp: 1n, expireTimestamp: -1n });
  });

  it("tells the keys of __consumer_offsets apart", () => {
    const offset = encodeVersioned(offsetCommitKey, 1, { group: "g", topic: "t", partition: 0 });
    const group = encodeVersioned(groupMetadataKey, 2, { group: "g" });
    expect([peekVersion(offset), peekVersion(group)]).toEqual([1, 2]);
  });

  it("is read as our newest version when a consumer is newer than we are", () => {
    const bytes = encodeVersioned(consumerProtocolSubscription, 3, { topics: ["a"], rackId: "r" });
    bytes.writeInt16BE(9, 0);
    const longer = Buffer.concat([bytes, Buffer.from("more")]);
    expect(decodeVersioned(consumerProtocolSubscription, longer, { newer: "as-newest" })).toMatchObject({
      version: 9,
      value: { topics: ["a"], rackId: "r" },
    });
  });

  it.each(["", "00", "7fff", "ffff0000", "0003"])("is malformed when it is none of ours: %s", (hex) => {
    expect(() => decodeVersioned(offsetCommitValue, Buffer.from(hex, "hex"), { newer: "refuse" })).toThrow(
      MalformedMessage,
    );
  });
});
