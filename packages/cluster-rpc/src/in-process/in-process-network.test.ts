import { SimulatedClock, silentLogger } from "@ottla/runtime";
import type { StreamEnd } from "../port";
import { RecordedServices } from "../testing/recorded-services";
import { InProcessNetwork } from "./in-process-network";

const limits = { dialTimeoutMs: 2_000, keepaliveTimeMs: 1_000, keepaliveTimeoutMs: 2_000, lingerMs: 500 };

async function linked(delayMs = 5) {
  const clock = new SimulatedClock();
  const network = new InProcessNetwork({ clock, logger: silentLogger, limits }, delayMs);
  const recorded = new RecordedServices();
  const server = await network.transport("a").serve({ host: "h", port: 0 }, recorded.services);
  const peer = network.transport("b").connect({ host: "h", port: server.port });
  const log: string[] = [];
  const say = (what: string) => log.push(`${clock.monotonicMs()} ${what}`);
  recorded.onReplicate = (stream) => {
    say("a accepts");
    stream.onMessage((message) => {
      say(`a gets ${message.kind}`);
      stream.send({ kind: "progress", partitions: [] });
    });
    stream.onEnd((end) => say(`a ends ${end.kind}`));
  };
  const dial = () => {
    const stream = peer.replicate();
    stream.onMessage((message) => say(`b gets ${message.kind}`));
    stream.onEnd((end: StreamEnd) => say(`b ends ${end.kind}`));
    return stream;
  };
  return { clock, network, server, recorded, peer, log, dial };
}

describe("the in-process network, on simulated time", () => {
  it("delivers after the link's delay, in each direction its own", async () => {
    const { clock, network, log, dial } = await linked();
    network.setDelay("a", "b", 20);
    dial().send({ kind: "ack", partitions: [] });
    clock.advance(100);
    expect(log).toEqual(["5 a accepts", "5 a gets ack", "25 b gets progress"]);
  });

  it("keeps the order when a delay falls while messages are under way", async () => {
    const { clock, network, log, dial } = await linked();
    const stream = dial();
    clock.advance(10);
    network.setDelay("b", "a", 50);
    stream.send({ kind: "ack", partitions: [] });
    network.setDelay("b", "a", 1);
    stream.send({ kind: "detach", partitions: [] });
    clock.advance(100);
    expect(log.filter((line) => line.includes("a gets"))).toEqual(["60 a gets ack", "60 a gets detach"]);
  });

  it("holds one direction back and delivers what waited once it is healed", async () => {
    const { clock, network, log, dial } = await linked();
    const stream = dial();
    clock.advance(10);
    network.stall("a", "b");
    stream.send({ kind: "ack", partitions: [] });
    clock.advance(1_000);
    network.heal("a", "b");
    clock.advance(10);
    expect(log).toEqual(["5 a accepts", "15 a gets ack", "1010 b gets progress"]);
  });

  it("gives a connection up at both sides when one direction stands still for the keepalive's time", async () => {
    const { clock, network, log, dial } = await linked();
    dial();
    clock.advance(10);
    network.stall("b", "a");
    clock.advance(5_000);
    network.heal("b", "a");
    clock.advance(5_000);
    expect(log).toEqual(["5 a accepts", "3010 b ends broken", "3010 a ends broken"]);
  });

  it("gives a dial up that nobody answers", async () => {
    const { clock, network, log, dial } = await linked();
    network.isolate("a", ["b"]);
    dial();
    clock.advance(10_000);
    expect(log).toEqual(["2000 b ends broken"]);
    network.rejoin("a", ["b"]);
    dial();
    clock.advance(10);
    expect(log.slice(1)).toEqual(["10005 a accepts"]);
  });

  it("refuses in one direction, and resets what was dialled in it", async () => {
    const { clock, network, log, dial } = await linked();
    dial();
    clock.advance(10);
    network.refuse("b", "a");
    dial();
    clock.advance(10);
    expect(log).toEqual(["5 a accepts", "10 b ends broken", "10 a ends broken", "10 b ends broken"]);
    network.heal("b", "a");
    dial();
    clock.advance(10);
    expect(log.slice(4)).toEqual(["25 a accepts"]);
  });

  it("breaks everything of a process that dies, and refuses its addresses", async () => {
    const { clock, network, log, dial } = await linked();
    dial();
    clock.advance(10);
    network.kill("a");
    expect(log.slice(1)).toEqual(["10 b ends broken", "10 a ends broken"]);
    dial();
    clock.advance(1);
    expect(log.slice(3)).toEqual(["10 b ends broken"]);
  });

  it("lets a call run into its deadline when the reply is lost", async () => {
    const { clock, network, peer, recorded } = await linked();
    expect(recorded.replications).toEqual([]);
    network.stall("a", "b");
    const failed = expect(peer.identity({}, { deadlineMs: 300 })).rejects.toMatchObject({ failure: "deadline" });
    await clock.advanceAsync(300);
    await failed;
  });

  it("leaves no timer behind when everything is closed", async () => {
    const { clock, server, peer, dial } = await linked();
    const stream = dial();
    stream.send({ kind: "ack", partitions: [] });
    clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
    peer.close();
    await server.close();
    clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs the same way each time", async () => {
    const run = async () => {
      const { clock, network, log, dial } = await linked(3);
      const streams = [dial(), dial(), dial()];
      for (let i = 0; i < 20; i++) {
        for (const stream of streams) stream.send({ kind: "ack", partitions: [] });
        network.setDelay("b", "a", i % 4);
        clock.advance(2);
      }
      streams[1]?.close();
      clock.advance(100);
      return log;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(100);
    expect(await run()).toEqual(first);
  });
});
