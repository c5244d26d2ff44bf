import { SimulatedClock } from "@ottla/runtime";
import type { SessionEvent } from "../port";
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
});
