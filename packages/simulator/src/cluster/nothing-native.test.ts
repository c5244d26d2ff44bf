import { createHook } from "node:async_hooks";
import { simulatedCluster } from "./simulated-cluster";

/** What passes the time of a simulated run: promises, the ticks and turns that the world takes itself. */
const OURS = new Set(["PROMISE", "TickObject", "Immediate", "Microtask"]);

/** The runner of specs, which loads modules in its own way and has timers of its own; codecs that are asked to do their work at once. */
const NOT_THE_RUN = /node_modules\/@?jest|syncBufferWrapper/;

describe("a simulated run", () => {
  it("begins no work outside of virtual time: no timer, socket, file, thread or look-up of the real world", async () => {
    const native = new Map<string, string>();
    let isWatching = false;
    const hook = createHook({
      init(_id, type) {
        if (!isWatching || OURS.has(type)) return;
        const stack = new Error(type).stack ?? "";
        if (!NOT_THE_RUN.test(stack)) native.set(type, stack);
      },
    });
    hook.enable();
    try {
      const cluster = await simulatedCluster({ seed: 11, configs: { "compression.type": "gzip" } });
      isWatching = true;
      await cluster.createTopic("t", { assignment: [[1, 2, 3]] });
      for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
        const producer = cluster.client(`with ${compression}`).producer({ compression });
        await cluster.done(producer.send({ topic: "t", value: Buffer.alloc(1000) }));
      }
      await cluster.done(cluster.admin().createPartitions([{ name: "t", count: 2 }]));
      cluster.kill(1);
      await cluster.run(3_000);
      await cluster.restart(1);
      cluster.pause(2);
      await cluster.run(25_000);
      cluster.resume(2);
      await cluster.stop(3);
      await cluster.run(1_000);
      isWatching = false;
      await cluster.close();
    } finally {
      hook.disable();
    }
    expect([...native.values()]).toEqual([]);
  });
});
