describe("the protocol in a tool that neither checks nor compresses a batch", () => {
  const heavy = ["@node-rs/crc32", "lz4-napi", "snappyjs", "@bokuweb/zstd-wasm"];

  it("loads each codec and the native checksum at its first use, not before", () => {
    const loaded: string[] = [];
    jest.isolateModules(() => {
      for (const name of heavy) {
        jest.doMock(name, () => {
          loaded.push(name);
          return jest.requireActual<object>(name);
        });
      }
      const { compress, crc32c } = require("./index") as typeof import("./index");
      expect(loaded).toEqual([]);

      crc32c(Buffer.alloc(8));
      expect(loaded).toEqual([]);
      crc32c(Buffer.alloc(4096));
      compress("lz4", Buffer.alloc(4096));
      compress("snappy", Buffer.alloc(4096));
      expect(loaded).toEqual(["@node-rs/crc32", "lz4-napi", "snappyjs"]);
    });
  });
});
