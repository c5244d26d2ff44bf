import { lineProtocolLibrary } from "./line-protocol-library";

describe("a producer of another language", () => {
  const ANSWERS = `require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const [, id, topic] = line.split(" ");
    console.log(topic === "unknown" ? "ok " + id + " None" : topic === "refused" ? "failed " + id + " X" : "ok " + id + " 7");
  })`;

  it("is answered for by what it writes, with no offset where it knows none", async () => {
    const library = lineProtocolLibrary("spec", process.execPath, ["-e", ANSWERS, "--"]);
    const producer = await library.open({ bootstrapServers: "nowhere:1", settings: "safe", onTold: () => undefined });
    try {
      const sent = ["known", "unknown", "refused"].map((topic) => producer.send({ topic, partition: 0 }, 1, 1));
      expect(await Promise.all(sent)).toEqual([
        { type: "ok", offset: 7 },
        { type: "ok", offset: null },
        { type: "info", error: "X" },
      ]);
    } finally {
      await producer.close();
    }
  });
});
