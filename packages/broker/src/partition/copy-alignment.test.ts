import { alignCopy } from "./copy-alignment";

/** A log whose epochs begin at these offsets. */
function log(logEndOffset: number, starts: Readonly<Record<number, number>>, logStartOffset = 0) {
  const epochs = Object.entries(starts).map(([epoch, start]) => ({ epoch: Number(epoch), start }));
  const endOffsetFor = (asked: number) => {
    const index = epochs.findLastIndex(({ epoch }) => epoch <= asked);
    const known = epochs[index];
    const latest = epochs.at(-1);
    if (known === undefined || latest === undefined || asked > latest.epoch) return { epoch: -1, endOffset: -1 };
    return { epoch: known.epoch, endOffset: epochs[index + 1]?.start ?? logEndOffset };
  };
  return { logStartOffset, logEndOffset, highWatermark: 0, lastEpoch: epochs.at(-1)?.epoch ?? null, endOffsetFor };
}

describe("a copy of a log", () => {
  it.each([
    ["that is empty", log(0, {}), log(10, { 1: 0 }), { kind: "aligned" }],
    ["that lies behind", log(5, { 1: 0 }), log(10, { 1: 0 }), { kind: "aligned" }],
    ["that is whole", log(10, { 1: 0, 2: 7 }), log(10, { 1: 0, 2: 7 }), { kind: "aligned" }],
    ["whose log was cut", log(10, { 1: 0 }), log(6, { 1: 0 }), { kind: "truncate", offset: 6 }],
    [
      "whose log was cut and written anew",
      log(10, { 1: 0, 2: 7 }),
      log(12, { 1: 0, 3: 8 }),
      { kind: "truncate", offset: 7 },
    ],
    ["whose log begins behind it", log(3, { 1: 0 }), log(20, { 1: 8 }, 8), { kind: "restart", offset: 8 }],
  ] as const)("%s", (_, copy, source, alignment) => {
    expect(alignCopy(copy, source)).toEqual(alignment);
  });
});
