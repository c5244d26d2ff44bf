import { FrameSplitter } from "./frame-splitter";

const MAX = 100 * 1024 * 1024;
const framed = (payload: Buffer) => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(payload.length);
  return Buffer.concat([size, payload]);
};
const announce = (sizeBytes: number) => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(sizeBytes);
  return size;
};

describe("a stream of frames", () => {
  const payloads = [Buffer.from("first"), Buffer.alloc(0), Buffer.alloc(300_000, 7), Buffer.from("last")];
  const stream = Buffer.concat(payloads.map(framed));

  it.each([1, 2, 3, 5, 7, 1000, 65_536, 300_010, stream.length])(
    "gives the same frames in chunks of %d bytes",
    (chunkBytes) => {
      const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length; at += chunkBytes) {
        frames.push(...splitter.push(stream.subarray(at, at + chunkBytes)).frames);
      }
      expect(frames.map((frame) => frame.length)).toEqual(payloads.map((payload) => payload.length));
      expect(frames.every((frame, index) => frame.equals(payloads[index]!))).toBe(true);
      expect(splitter.bytesHeld).toBe(0);
    },
  );

  it("gives an empty frame as soon as its size has come", () => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
    expect(splitter.push(announce(0)).frames).toEqual([Buffer.alloc(0)]);
    expect(splitter.push(announce(0).subarray(0, 3)).frames).toEqual([]);
    expect(splitter.push(Buffer.alloc(1)).frames).toEqual([Buffer.alloc(0)]);
  });

  it("gives frames within a chunk as subarrays of it", () => {
    const chunk = Buffer.concat([framed(Buffer.from("one")), framed(Buffer.from("two"))]);
    const { frames } = new FrameSplitter({ frameSizeBytesMax: MAX }).push(chunk);
    expect(frames.map(String)).toEqual(["one", "two"]);
    for (const frame of frames) expect(frame.buffer).toBe(chunk.buffer);
  });

  it("gives a frame that crosses chunks in a buffer of exactly its length", () => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
    const whole = framed(Buffer.alloc(200_000, 3));
    splitter.push(whole.subarray(0, 100_000));
    const { frames } = splitter.push(whole.subarray(100_000));
    expect(frames[0]?.buffer.byteLength).toBe(200_000);
  });
});

describe("a frame that is announced and does not come", () => {
  it("holds no more than twice what came, and 64 KiB", () => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
    splitter.push(announce(MAX));
    expect(splitter.bytesHeld).toBe(0);
    let came = 0;
    for (let drip = 0; drip < 300; drip++) {
      came += 1000;
      expect(splitter.push(Buffer.alloc(1000)).frames).toEqual([]);
      expect(splitter.bytesHeld).toBeLessThanOrEqual(Math.max(65_536, 2 * came));
    }
  });

  it("gets its whole memory after 64 KiB when it is as long as a producer's request may be", () => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: 100_000_000 });
    splitter.push(Buffer.concat([announce(1_500_000), Buffer.alloc(65_536)]));
    expect(splitter.bytesHeld).toBe(65_536);
    splitter.push(Buffer.alloc(1));
    expect(splitter.bytesHeld).toBe(1_500_000);
  });

  it("holds the bytes of a size that is not whole", () => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
    splitter.push(Buffer.alloc(3));
    expect(splitter.bytesHeld).toBe(3);
  });
});

describe("a size that cannot be", () => {
  it.each([
    [-1, "NEGATIVE_SIZE"],
    [-2147483648, "NEGATIVE_SIZE"],
    [MAX + 1, "TOO_LARGE"],
    [2147483647, "TOO_LARGE"],
  ])("is an error for %d, after the frames before it, and ends the reading", (announcedSizeBytes, kind) => {
    const splitter = new FrameSplitter({ frameSizeBytesMax: MAX });
    const chunk = Buffer.concat([
      framed(Buffer.from("before")),
      announce(announcedSizeBytes),
      framed(Buffer.from("after")),
    ]);
    const { frames, error } = splitter.push(chunk);
    expect(frames.map(String)).toEqual(["before"]);
    expect(error).toEqual({ kind, announcedSizeBytes });
    expect(splitter.push(framed(Buffer.from("more")))).toEqual({ frames: [], error });
  });

  it("is none at the limit itself", () => {
    expect(new FrameSplitter({ frameSizeBytesMax: 5 }).push(framed(Buffer.from("12345"))).error).toBeNull();
  });
});
