import { simulatedCluster } from "./simulated-cluster";

describe("a simulated cluster", () => {
  it("serves clients in virtual time", async () => {
    const cluster = await simulatedCluster({ seed: 1, logLines: 2000 });
    await cluster.createTopic("orders", { partitions: 3 });
    const producer = cluster.client("p").producer();
    const sent = [];
    for (let i = 0; i < 100; i++)
      sent.push(producer.send({ topic: "orders", partition: i % 3, value: Buffer.from(`v${i}`) }));
    const acks = await cluster.done(Promise.all(sent));
    expect(acks).toHaveLength(100);
    await cluster.close();
  });
});
