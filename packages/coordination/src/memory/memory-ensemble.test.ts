import { SimulatedClock, SimulatedProcess } from "@ottla/runtime";
import type { CoordinationError, SessionEvent } from "../port";
import { MemoryEnsemble } from "./memory-ensemble";

const data = (text: string) => Buffer.from(text);

describe("a memory ensemble", () => {
  it("writes down each write in order, with who made it", async () => {
    const ensemble = new MemoryEnsemble({ clock: new SimulatedClock() });
    const one = await ensemble.connect({ name: "one" });
    const two = await ensemble.connect({ name: "two" });
    await one.create("/a", null);
    await two.set("/a", data("x"), 0);
    expect(ensemble.transactions.map(({ zxid, by, operations }) => [zxid, by, operations.map((o) => o.kind)])).toEqual([
      [1n, "one", ["create"]],
      [2n, "two", ["set"]],
    ]);
  });

  it("acts half a latency after the call and answers half a latency later", async () => {
    const clock = new SimulatedClock();
    const ensemble = new MemoryEnsemble({ clock, latencyMs: 10 });
    const session = await ensemble.connect();
    let answered = false;
    const create = session.create("/a", null).then(() => (answered = true));
    await clock.advanceAsync(4);
    expect(ensemble.paths()).toEqual([]);
    await clock.advanceAsync(1);
    expect([ensemble.paths(), answered]).toEqual([["/a"], false]);
    await clock.advanceAsync(5);
    expect(answered).toBe(true);
    await create;
  });

  it("ends the session of a client cut off for a session timeout, which learns it on its return", async () => {
    const clock = new SimulatedClock();
    const ensemble = new MemoryEnsemble({ clock });
    const session = await ensemble.connect({ sessionTimeoutMs: 6000 });
    const events: SessionEvent[] = [];
    session.onSession((event) => events.push(event));
    await session.create("/e", null, { ephemeral: true });
    ensemble.disconnect(session);
    await clock.advanceAsync(5999);
    expect(ensemble.paths()).toEqual(["/e"]);
    await clock.advanceAsync(1);
    expect(ensemble.paths()).toEqual([]);
    expect(events).toEqual(["disconnected", "lost"]);
    ensemble.reconnect(session);
    await clock.advanceAsync(0);
    expect(events).toEqual(["disconnected", "lost", "expired", "renewed"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives a caller CONNECTION_LOSS for a write that was applied, when the reply is lost beyond finding out", async () => {
    const ensemble = new MemoryEnsemble({ clock: new SimulatedClock() });
    const session = await ensemble.connect();
    ensemble.loseNextReply(session, { verified: false });
    await expect(session.create("/a", data("x"))).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
    expect(ensemble.textAt("/a")).toBe("x");
  });

  it("begins with the nodes planted, versions and owners included", async () => {
    const ensemble = new MemoryEnsemble({ clock: new SimulatedClock() });
    ensemble.plant([
      { path: "/", data: "" },
      { path: "/a", data: null },
      { path: "/a/b", data: "x", version: 7, ephemeralOwner: 5n },
    ]);
    const session = await ensemble.connect();
    expect((await session.get("/a/b"))?.stat).toMatchObject({ version: 7, ephemeralOwner: 5n });
    expect((await session.children("/a"))?.names).toEqual(["b"]);
  });

  it("tells a watch of what changes while the reply to it is on its way", async () => {
    const { clock, ensemble } = withLatency(10);
    const [watcher, writer] = [await ensemble.connect(), await ensemble.connect()];
    await settled(clock, writer.create("/a", null));
    let told = 0;
    const watching = watcher.watchNode("/a", () => told++);
    await clock.advanceAsync(1);
    const writing = writer.set("/a", data("x"), null);
    await settled(clock, Promise.all([watching, writing]));
    await clock.advanceAsync(10);
    expect(told).toBe(1);
  });

  describe("whose client's process stands still", () => {
    it("ends the session after its timeout; the process learns it when it goes on, and asks nothing of the old one", async () => {
      const { clock, ensemble } = withLatency(2);
      const process = new SimulatedProcess("paused", clock);
      const client = await ensemble.connect({ name: "paused", process, sessionTimeoutMs: 1_000 });
      const events: SessionEvent[] = [];
      client.onSession((event) => events.push(event));
      await settled(clock, client.create("/mine", null, { ephemeral: true }));
      let write: string | null = null;
      process.clock.setTimer(500, () => {
        client.create("/late", null).then(
          () => (write = "done"),
          (failure: CoordinationError) => (write = failure.code),
        );
      });
      process.pause();
      ensemble.silence(client);
      await clock.advanceAsync(1_500);
      expect([ensemble.paths().includes("/mine"), events]).toEqual([false, []]);
      process.resume();
      ensemble.unsilence(client);
      await clock.advanceAsync(100);
      expect([events, write]).toEqual([["disconnected", "expired", "renewed"], "SESSION_EXPIRED"]);
      expect(ensemble.paths()).not.toContain("/late");
    });

    it("keeps the session when the process goes on in time", async () => {
      const { clock, ensemble } = withLatency(2);
      const process = new SimulatedProcess("paused", clock);
      const client = await ensemble.connect({ process, sessionTimeoutMs: 1_000 });
      await settled(clock, client.create("/mine", null, { ephemeral: true }));
      process.pause();
      ensemble.silence(client);
      await clock.advanceAsync(900);
      process.resume();
      ensemble.unsilence(client);
      await clock.advanceAsync(5_000);
      expect([client.session.state, ensemble.paths()]).toEqual(["connected", ["/mine"]]);
    });

    it("carries out what was sent before, and tells a dead process nothing", async () => {
      const { clock, ensemble } = withLatency(10);
      const process = new SimulatedProcess("dead", clock);
      const client = await ensemble.connect({ process });
      let heard = false;
      void client.create("/a", null).then(() => (heard = true));
      await clock.advanceAsync(1);
      process.end();
      ensemble.silence(client);
      await clock.advanceAsync(100);
      expect([ensemble.paths(), heard]).toEqual([["/a"], false]);
    });
  });

  describe("a client that is cut off without a word", () => {
    it("finds out after two thirds of its session timeout; until then its calls are neither answered nor refused", async () => {
      const { clock, ensemble } = withLatency(2);
      const client = await ensemble.connect({ sessionTimeoutMs: 900 });
      const events: string[] = [];
      client.onSession((event) => events.push(`${clock.monotonicMs()} ${event}`));
      ensemble.disconnect(client, { unnoticed: true });
      let outcome: string | null = null;
      client.create("/a", null).then(
        () => (outcome = "made"),
        (failure: CoordinationError) => (outcome = failure.code),
      );
      await clock.advanceAsync(599);
      expect([outcome, events]).toEqual([null, []]);
      await clock.advanceAsync(1_000);
      expect(events).toEqual(["600 disconnected", "900 lost"]);
      expect([outcome, ensemble.paths()]).toEqual(["CONNECTION_LOSS", []]);
      ensemble.reconnect(client);
      await clock.advanceAsync(10);
      expect(events.slice(2)).toEqual(["1599 expired", "1599 renewed"]);
    });

    it("has its calls carried out late, and is told what changed, when the path is healed before that", async () => {
      const { clock, ensemble } = withLatency(2);
      const [client, other] = [await ensemble.connect({ sessionTimeoutMs: 900 }), await ensemble.connect()];
      await settled(clock, other.create("/watched", null));
      let told = 0;
      await settled(
        clock,
        client.watchNode("/watched", () => told++),
      );
      const events: SessionEvent[] = [];
      client.onSession((event) => events.push(event));
      ensemble.disconnect(client, { unnoticed: true });
      const late = Promise.all([client.create("/a", null), client.create("/a/b", null)]);
      await settled(clock, other.set("/watched", data("x"), null));
      await clock.advanceAsync(400);
      expect([ensemble.paths().includes("/a"), told]).toEqual([false, 0]);
      ensemble.reconnect(client);
      await clock.advanceAsync(10);
      expect(await late).toEqual(["/a", "/a/b"]);
      await clock.advanceAsync(2_000);
      expect([told, events, client.session.state]).toEqual([1, [], "connected"]);
    });

    it("does not know what became of a write whose reply is dropped", async () => {
      const { clock, ensemble } = withLatency(10);
      const client = await ensemble.connect({ sessionTimeoutMs: 900 });
      let outcome: string | null = null;
      client.set("/", data("x"), null).then(
        () => (outcome = "written"),
        (failure: CoordinationError) => (outcome = failure.code),
      );
      await clock.advanceAsync(6);
      ensemble.disconnect(client, { unnoticed: true });
      await clock.advanceAsync(100);
      expect([ensemble.textAt("/"), outcome]).toEqual(["x", null]);
      await clock.advanceAsync(600);
      ensemble.reconnect(client);
      await clock.advanceAsync(100);
      expect(outcome).toBe("written");
    });
  });

  it("ends no session while it has no quorum, and gives each its whole timeout afterwards", async () => {
    const { clock, ensemble } = withLatency(2);
    const client = await ensemble.connect({ sessionTimeoutMs: 1_000 });
    const events: SessionEvent[] = [];
    client.onSession((event) => events.push(event));
    await settled(clock, client.create("/mine", null, { ephemeral: true }));
    ensemble.loseQuorum();
    await clock.advanceAsync(10_000);
    expect(ensemble.paths()).toEqual(["/mine"]);
    ensemble.disconnect(client);
    ensemble.regainQuorum();
    await clock.advanceAsync(900);
    ensemble.reconnect(client);
    await clock.advanceAsync(10_000);
    expect([events, ensemble.paths()]).toEqual([["disconnected", "lost", "connected"], ["/mine"]]);
  });

  it("does not hear the farewell of a client that is cut off", async () => {
    const { clock, ensemble } = withLatency(2);
    const client = await ensemble.connect({ sessionTimeoutMs: 1_000 });
    await settled(clock, client.create("/mine", null, { ephemeral: true }));
    ensemble.disconnect(client);
    await client.close();
    await clock.advanceAsync(900);
    expect(ensemble.paths()).toEqual(["/mine"]);
    await clock.advanceAsync(200);
    expect(ensemble.paths()).toEqual([]);
  });
});

function withLatency(latencyMs: number) {
  const clock = new SimulatedClock();
  return { clock, ensemble: new MemoryEnsemble({ clock, latencyMs }) };
}

async function settled<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  await clock.advanceAsync(50);
  return work;
}
