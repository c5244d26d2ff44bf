import { lineProtocolConsumer } from "./line-protocol-consumer";

describe("a consumer in a process of its own", () => {
  it("is ended when it does not answer a poll, so that whoever reads can open another one", async () => {
    const silent = lineProtocolConsumer("silent", "sh", ["-c", "cat > /dev/null"], {}, 200).open("nowhere:9092");
    try {
      await expect(silent.poll(new AbortController().signal)).rejects.toThrow("silent ended");
    } finally {
      await silent.close();
    }
  });
});
