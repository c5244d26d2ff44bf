import { ZnodeFormatError } from "./znode-json";

/** `/consumers/G/offsets/T/P`, persistent: decimal text, where OffsetCommit v0 and consumers before 0.9 keep offsets. */
export const consumerOffset = {
  path: (group: string, topic: string, partition: number): string =>
    `/consumers/${group}/offsets/${topic}/${partition}`,

  encode: (offset: number): Buffer => Buffer.from(String(offset), "utf8"),

  decode(data: Buffer | null, path = "/consumers/G/offsets/T/P"): number {
    const text = data?.toString("utf8") ?? "";
    if (!/^-?\d{1,16}$/.test(text)) throw new ZnodeFormatError(path, `${JSON.stringify(text)} is not an offset`);
    return Number(text);
  },
} as const;
