import { CoordinationError, MemoryEnsemble } from "@ottla/coordination";
import { SimulatedClock, silentLogger } from "@ottla/runtime";
import { LogDirectoryEvents } from "./log-directory-events";

const PARENT = "/log_dir_event_notification";

async function ensembleOf(clock: SimulatedClock) {
  const session = await new MemoryEnsemble({ clock }).connect({ name: "broker" });
  await session.ensurePath(PARENT);
  return session;
}

describe("a broker that has lost a log directory", () => {
  it("writes the node that Kafka's controllers watch for, and one that another failure shares", async () => {
    const clock = new SimulatedClock();
    const coordination = await ensembleOf(clock);
    const events = new LogDirectoryEvents({ coordination, brokerId: 7, clock, logger: silentLogger });
    for (let failure = 0; failure < 3; failure++) events.tell();
    await clock.advanceAsync(0);
    const names = (await coordination.children(PARENT))?.names ?? [];
    expect(names).toEqual(["log_dir_event_0000000000", "log_dir_event_0000000001"]);
    const node = await coordination.get(`${PARENT}/${names[0]}`);
    expect(node?.data?.toString()).toBe('{"version":1,"broker":7,"event":1}');
    await events.close();
  });

  it("writes it as soon as the ensemble takes it", async () => {
    const clock = new SimulatedClock();
    const coordination = await ensembleOf(clock);
    let refusals = 5;
    const events = new LogDirectoryEvents({
      coordination: {
        create: (path, data, options) =>
          refusals-- > 0
            ? Promise.reject(new CoordinationError("CONNECTION_LOSS", "create", path))
            : coordination.create(path, data, options),
      },
      brokerId: 7,
      clock,
      logger: silentLogger,
    });
    events.tell();
    await clock.advanceAsync(10_000);
    expect((await coordination.children(PARENT))?.names).toHaveLength(1);
    await events.close();
  });

  it("gives up when the broker ends", async () => {
    const clock = new SimulatedClock();
    const events = new LogDirectoryEvents({
      coordination: { create: (path) => Promise.reject(new CoordinationError("SESSION_EXPIRED", "create", path)) },
      brokerId: 7,
      clock,
      logger: silentLogger,
    });
    events.tell();
    await clock.advanceAsync(1000);
    await events.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
