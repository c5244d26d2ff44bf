import type { Coordination, SessionEvent } from "./port";
import {
  CONNECTION_TIMEOUT_MS,
  type EnsembleUnderTest,
  memoryUnderTest,
  SESSION_TIMEOUT_MS,
  zooKeeperUnderTest,
} from "./testing/ensemble-under-test";
import { until } from "./testing/until";
import { findZooKeeper, HOW_TO_GET_ZOOKEEPER } from "./testing/zookeeper-installation";

const adapters: [string, () => Promise<EnsembleUnderTest>][] = [["memory", memoryUnderTest]];
// Where continuous integration runs, a missing ZooKeeper is a failure; anywhere else it halves the suite.
if (findZooKeeper() !== null || process.env["CI"] === "true") adapters.push(["zookeeper", zooKeeperUnderTest]);
else console.warn(`the contract suite runs against memory alone: ${HOW_TO_GET_ZOOKEEPER}`);

jest.setTimeout(40_000);

describe.each(adapters)("coordination on %s", (_, start) => {
  let ensemble: EnsembleUnderTest;
  let one: Coordination;
  let two: Coordination;
  let root = "";
  let spec = 0;

  beforeAll(async () => {
    ensemble = await start();
    one = await ensemble.connect();
    two = await ensemble.connect();
  });

  beforeEach(async () => {
    root = `/spec-${++spec}`;
    await one.create(root, null);
    await two.sync();
  });

  afterAll(() => ensemble.close());

  const at = (name: string) => `${root}/${name}`;
  const textAt = async (session: Coordination, path: string) =>
    (await session.get(path))?.data?.toString("utf8") ?? null;

  describe("nodes", () => {
    it("keeps data and stat, and says null where nothing is", async () => {
      expect(await one.create(at("a"), bytes("x"))).toBe(at("a"));
      const node = await one.get(at("a"));
      expect(node?.data?.toString()).toBe("x");
      expect(node?.stat).toMatchObject({ version: 0, childrenCount: 0, ephemeralOwner: 0n });
      expect(node?.stat.czxid).toBe(node?.stat.mzxid);
      expect(await one.get(at("b"))).toBeNull();
      expect(await one.children(at("b"))).toBeNull();
    });

    it("tells a node without data from one with empty data", async () => {
      await one.create(at("without"), null);
      await one.create(at("empty"), Buffer.alloc(0));
      expect((await one.get(at("without")))?.data).toBeNull();
      expect((await one.get(at("empty")))?.data).toEqual(Buffer.alloc(0));
    });

    it("counts versions by changes of data, and moves mzxid but not czxid", async () => {
      await one.create(at("a"), bytes("x"));
      const before = await one.get(at("a"));
      const stat = await two.set(at("a"), bytes("y"), 0);
      expect(stat.version).toBe(1);
      expect(stat.czxid).toBe(before?.stat.czxid);
      expect(stat.mzxid > stat.czxid).toBe(true);
      expect((await two.set(at("a"), bytes("z"), null)).version).toBe(2);
    });

    it("takes version 0 for zero, not for any", async () => {
      await one.create(at("a"), bytes("x"));
      await one.set(at("a"), bytes("y"), 0);
      await expect(one.set(at("a"), bytes("z"), 0)).rejects.toMatchObject({ code: "BAD_VERSION", path: at("a") });
      await expect(one.remove(at("a"), 0)).rejects.toMatchObject({ code: "BAD_VERSION", path: at("a") });
      await one.remove(at("a"), 1);
      expect(await one.get(at("a"))).toBeNull();
    });

    it("names what stands in the way, and where", async () => {
      await one.create(at("a"), null);
      await one.create(at("a/b"), null);
      await one.create(at("e"), null, { ephemeral: true });
      await expect(one.create(at("a"), null)).rejects.toMatchObject({ code: "NODE_EXISTS", path: at("a") });
      await expect(one.create(at("no/child"), null)).rejects.toMatchObject({ code: "NO_NODE", path: at("no/child") });
      await expect(one.set(at("no"), bytes(""), null)).rejects.toMatchObject({ code: "NO_NODE" });
      await expect(one.remove(at("no"), null)).rejects.toMatchObject({ code: "NO_NODE" });
      await expect(one.remove(at("a"), null)).rejects.toMatchObject({ code: "NOT_EMPTY" });
      await expect(one.create(at("e/c"), null)).rejects.toMatchObject({ code: "NO_CHILDREN_FOR_EPHEMERALS" });
    });

    it("lists children sorted, and counts each coming and going in the children version", async () => {
      for (const name of ["c", "a", "b"]) await one.create(at(name), null);
      await one.remove(at("b"), null);
      const children = await one.children(root);
      expect(children?.names).toEqual(["a", "c"]);
      expect(children?.stat).toMatchObject({ childrenCount: 2, childrenVersion: 4 });
    });

    it("numbers sequential nodes by the children ever made, with ten digits", async () => {
      await one.create(at("other"), null);
      expect(await one.create(at("n_"), null, { sequential: true })).toBe(at("n_0000000001"));
      await one.remove(at("n_0000000001"), null);
      expect(await two.create(at("n_"), bytes("x"), { sequential: true, ephemeral: true })).toBe(at("n_0000000002"));
      expect((await one.get(at("n_0000000002")))?.stat.ephemeralOwner).toBe(two.session.id);
    });

    it("ensures a path whose beginning may be there, again and again, and from two sides at once", async () => {
      await one.create(at("a"), bytes("kept"));
      await Promise.all([one.ensurePath(at("a/b/c")), two.ensurePath(at("a/b/c")), one.ensurePath(at("a/b/c"))]);
      expect(await textAt(one, at("a"))).toBe("kept");
      expect((await one.get(at("a/b/c")))?.data).toBeNull();
    });

    it("removes a tree, and does not mind when there is none", async () => {
      await one.ensurePath(at("a/b/c"));
      await one.ensurePath(at("a/d"));
      await one.removeTree(at("a"));
      await one.removeTree(at("a"));
      expect((await one.children(root))?.names).toEqual([]);
    });

    it("refuses data that no server takes, and stays connected", async () => {
      await one.create(at("large"), Buffer.alloc(1_000_000, 1));
      expect((await two.get(at("large")))?.data?.length).toBe(1_000_000);
      await expect(one.create(at("larger"), Buffer.alloc(1_000_001))).rejects.toMatchObject({ code: "DATA_TOO_LARGE" });
      const halves = [1, 2].map(
        (n) => ({ kind: "create", path: at(`half-${n}`), data: Buffer.alloc(500_000) }) as const,
      );
      await expect(one.multi(halves)).rejects.toMatchObject({ code: "DATA_TOO_LARGE" });
      expect(one.session.state).toBe("connected");
    });

    it("sees, after sync, what another session wrote before", async () => {
      await one.create(at("a"), bytes("x"));
      await two.sync();
      expect(await textAt(two, at("a"))).toBe("x");
    });

    it("lets exactly one of many conditional writes through", async () => {
      await one.create(at("a"), bytes("x"));
      const writes = Array.from({ length: 20 }, (_unused, i) =>
        (i % 2 === 0 ? one : two).set(at("a"), bytes(`${i}`), 0),
      );
      const outcomes = await Promise.allSettled(writes);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await one.get(at("a")))?.stat.version).toBe(1);
    });
  });

  describe("a multi", () => {
    it("performs all, each seeing those before it, in one transaction", async () => {
      await one.create(at("old"), bytes("x"));
      const results = await one.multi([
        { kind: "check", path: at("old"), expectedVersion: 0 },
        { kind: "create", path: at("new"), data: null, ephemeral: true },
        { kind: "set", path: at("new"), data: bytes("y"), expectedVersion: 0 },
        { kind: "remove", path: at("old"), expectedVersion: 0 },
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(["check", "create", "set", "remove"]);
      expect(results[1]).toEqual({ kind: "create", path: at("new") });
      const node = await one.get(at("new"));
      expect(node?.stat).toMatchObject({ version: 1, ephemeralOwner: one.session.id });
      expect(node?.stat.czxid).toBe(node?.stat.mzxid);
      expect(results[2]).toEqual({ kind: "set", stat: node?.stat });
      expect(await one.get(at("old"))).toBeNull();
    });

    it.each([
      ["check", (path: string) => ({ kind: "check", path, expectedVersion: 0 }) as const, "BAD_VERSION"],
      ["set", (path: string) => ({ kind: "set", path, data: bytes("z"), expectedVersion: 0 }) as const, "BAD_VERSION"],
      ["remove", (path: string) => ({ kind: "remove", path, expectedVersion: 0 }) as const, "BAD_VERSION"],
      ["create", (path: string) => ({ kind: "create", path, data: null }) as const, "NODE_EXISTS"],
    ])("does nothing at all when a %s in it is refused, and names it", async (kind, operation, code) => {
      await one.create(at("a"), bytes("x"));
      await one.set(at("a"), bytes("y"), 0);
      const multi = one.multi([
        { kind: "create", path: at("b"), data: null },
        { kind: "set", path: at("a"), data: bytes("w"), expectedVersion: null },
        { kind: "set", path: at("a"), data: bytes("v"), expectedVersion: 2 },
        kind === "create" ? operation(at("a")) : operation(at("a")),
      ]);
      await expect(multi).rejects.toMatchObject({ name: "MultiFailed", index: 3, code, path: at("a") });
      expect(await one.get(at("b"))).toBeNull();
      expect(await textAt(one, at("a"))).toBe("y");
      expect((await one.get(at("a")))?.stat.version).toBe(1);
    });

    it("numbers the next sequential node as if a refused multi had never been", async () => {
      await expect(
        one.multi([
          { kind: "create", path: at("b"), data: null },
          { kind: "check", path: at("no"), expectedVersion: 0 },
        ]),
      ).rejects.toMatchObject({ index: 1, code: "NO_NODE" });
      expect(await one.create(at("n_"), null, { sequential: true })).toBe(at("n_0000000000"));
    });
  });

  describe("watches", () => {
    /** A listener is told while its watch is armed again: what is asked after that, on the same connection, is answered after it. */
    const armedAgain = () => one.get(root);

    it("tell of creation, each change and deletion of a node, for as long as wanted", async () => {
      const told = counter(armedAgain);
      const end = await one.watchNode(at("a"), told.listener);
      await told.after(() => two.create(at("a"), bytes("x")));
      await told.after(() => two.set(at("a"), bytes("y"), null));
      await told.after(() => one.set(at("a"), bytes("z"), null));
      await told.after(() => two.remove(at("a"), null));
      await told.after(() => two.create(at("a"), bytes("x")));
      end();
      const before = told.count;
      await two.set(at("a"), bytes("y"), null);
      await one.sync();
      await one.get(at("a"));
      expect(told.count).toBe(before);
    });

    it("tell of children that come and go, but not of their data", async () => {
      const told = counter(armedAgain);
      const end = await one.watchChildren(root, told.listener);
      await told.after(() => two.create(at("a"), bytes("x")));
      const before = told.count;
      await two.set(at("a"), bytes("y"), null);
      await one.sync();
      await one.get(at("a"));
      expect(told.count).toBe(before);
      await told.after(() => two.remove(at("a"), null));
      end();
    });

    it("on children need the node, yet outlive its removal and return", async () => {
      await expect(one.watchChildren(at("p"), () => {})).rejects.toMatchObject({ code: "NO_NODE" });
      await one.create(at("p"), null);
      const told = counter(armedAgain);
      const end = await one.watchChildren(at("p"), told.listener);
      await told.after(() => two.remove(at("p"), null));
      await two.create(at("p"), null);
      await until("told of a child of the node that came back", async () => {
        const before = told.count;
        await two.create(at("p/c_"), null, { sequential: true });
        await one.sync();
        return told.count > before;
      });
      end();
    });

    it("show the change to whoever reads when told", async () => {
      await one.create(at("a"), bytes("0"));
      const seen: (string | null)[] = [];
      const end = await two.watchNode(at("a"), () => void textAt(two, at("a")).then((text) => seen.push(text)));
      for (let i = 1; i <= 50; i++) await one.set(at("a"), bytes(`${i}`), null);
      await until("the last value seen", () => seen.at(-1) === "50");
      expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => a - b));
      end();
    });

    it("may be twenty on one path, each ended by itself", async () => {
      await one.create(at("a"), bytes("x"));
      const all = Array.from({ length: 20 }, () => counter(armedAgain));
      const ends = await Promise.all(all.map(({ listener }) => one.watchNode(at("a"), listener)));
      await two.set(at("a"), bytes("y"), null);
      await until("all told", () => all.every(({ count }) => count >= 1));
      ends[0]?.();
      const first = all[0]?.count;
      await all[1]?.after(() => two.set(at("a"), bytes("z"), null));
      expect(all[0]?.count).toBe(first);
      for (const end of ends) end();
    });
  });

  describe("a session", () => {
    it("takes its ephemeral nodes with it when closed, at once, and others are told", async () => {
      const three = await ensemble.connect();
      await three.create(at("e"), null, { ephemeral: true });
      await three.create(at("p"), null);
      expect((await one.get(at("e")))?.stat.ephemeralOwner).toBe(three.session.id);
      const told = counter();
      const end = await one.watchNode(at("e"), told.listener);
      await told.after(() => three.close());
      expect(await one.get(at("e"))).toBeNull();
      expect(await one.get(at("p"))).not.toBeNull();
      end();
    });

    it("answers nothing after close, which may be called twice", async () => {
      const three = await ensemble.connect();
      await Promise.all([three.close(), three.close()]);
      expect(three.session.state).toBe("closed");
      await expect(three.get("/")).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    });

    it("survives a cut: same id, nodes kept, calls wait, watches tell of what was missed", async () => {
      const three = await ensemble.connect();
      const events = eventsOf(three);
      const { id } = three.session;
      await three.create(at("e"), null, { ephemeral: true });
      await three.create(at("a"), bytes("x"));
      const told = counter();
      await three.watchNode(at("a"), told.listener);
      ensemble.disconnect(three);
      await until("the cut noticed", () => three.session.state === "disconnected");
      const before = told.count;
      const waiting = textAt(three, at("a"));
      await two.set(at("a"), bytes("y"), null);
      ensemble.reconnect(three);
      expect(await waiting).toBe("y");
      await until("the missed change told", () => told.count > before);
      expect(three.session.id).toBe(id);
      expect(await two.get(at("e"))).not.toBeNull();
      expect(events).toEqual(["disconnected", "connected"]);
      await told.after(() => two.set(at("a"), bytes("z"), null));
      await three.close();
    });

    it("gives up a call that finds no connection in time", async () => {
      const three = await ensemble.connect();
      ensemble.disconnect(three);
      await until("the cut noticed", () => three.session.state === "disconnected");
      const startedMs = performance.now();
      await expect(three.get(root)).rejects.toMatchObject({ code: "CONNECTION_LOSS", path: root });
      expect(performance.now() - startedMs).toBeGreaterThan(CONNECTION_TIMEOUT_MS - 100);
      ensemble.reconnect(three);
      await three.close();
    });

    it("that was ended by the ensemble is renewed: events in order, nodes gone, watches kept", async () => {
      const three = await ensemble.connect();
      const events = eventsOf(three);
      const { id } = three.session;
      await three.create(at("e"), null, { ephemeral: true });
      await three.create(at("a"), bytes("x"));
      const told = counter();
      await three.watchNode(at("a"), told.listener);
      await three.watchChildren(root, told.listener);
      await told.after(() => ensemble.expire(three));
      await until("renewed", () => events.includes("renewed"));
      expect(events).toEqual(["disconnected", "expired", "renewed"]);
      expect(three.session).toMatchObject({ state: "connected" });
      expect(three.session.id).not.toBe(id);
      expect(await two.get(at("e"))).toBeNull();
      await three.create(at("e"), null, { ephemeral: true });
      expect((await two.get(at("e")))?.stat.ephemeralOwner).toBe(three.session.id);
      await told.after(() => two.set(at("a"), bytes("y"), null));
      await told.after(() => two.create(at("c"), null));
      await three.close();
    });

    it("cut off for longer than its timeout is lost by its own clock, and expired once the ensemble can say so", async () => {
      const three = await ensemble.connect();
      const events = eventsOf(three);
      await three.create(at("e"), null, { ephemeral: true });
      ensemble.disconnect(three);
      await until("lost", () => events.includes("lost"), 2 * SESSION_TIMEOUT_MS);
      await until("its node gone", async () => (await two.get(at("e"))) === null, 3 * SESSION_TIMEOUT_MS);
      expect(events).toEqual(["disconnected", "lost"]);
      ensemble.reconnect(three);
      await until("renewed", () => events.includes("renewed"));
      expect(events).toEqual(["disconnected", "lost", "expired", "renewed"]);
      await three.close();
    });
  });

  describe("a write whose reply is lost", () => {
    it("of a node is known to be ours", async () => {
      ensemble.loseNextReply(one);
      expect(await one.create(at("a"), bytes("x"))).toBe(at("a"));
      ensemble.loseNextReply(one);
      expect(await one.create(at("e"), bytes("x"), { ephemeral: true })).toBe(at("e"));
      expect((await two.get(at("e")))?.stat.ephemeralOwner).toBe(one.session.id);
    });

    it("to create what was there before is refused all the same", async () => {
      await two.create(at("a"), bytes("x"));
      await one.sync();
      ensemble.loseNextReply(one);
      await expect(one.create(at("a"), bytes("x"))).rejects.toMatchObject({ code: "NODE_EXISTS" });
    });

    it("at a version is known to be ours, and made once", async () => {
      await one.create(at("a"), bytes("x"));
      ensemble.loseNextReply(one);
      const stat = await one.set(at("a"), bytes("y"), 0);
      expect(stat.version).toBe(1);
      expect((await two.get(at("a")))?.stat).toEqual(stat);
    });

    it("that was refused is still refused", async () => {
      await one.create(at("a"), bytes("x"));
      await two.set(at("a"), bytes("y"), 0);
      ensemble.loseNextReply(one);
      await expect(one.set(at("a"), bytes("z"), 0)).rejects.toMatchObject({ code: "BAD_VERSION" });
      expect(await textAt(two, at("a"))).toBe("y");
    });

    it("to remove leaves the node removed", async () => {
      await one.create(at("a"), bytes("x"));
      ensemble.loseNextReply(one);
      await one.remove(at("a"), 0);
      expect(await two.get(at("a"))).toBeNull();
    });

    it("of a multi is proved by the one transaction all its effects share", async () => {
      await one.create(at("epoch"), bytes("1"));
      await one.create(at("old"), null);
      ensemble.loseNextReply(one);
      const results = await one.multi([
        { kind: "check", path: root, expectedVersion: 0 },
        { kind: "set", path: at("epoch"), data: bytes("2"), expectedVersion: 0 },
        { kind: "remove", path: at("old"), expectedVersion: null },
        { kind: "create", path: at("controller"), data: bytes("me"), ephemeral: true },
      ]);
      expect(results.map(({ kind }) => kind)).toEqual(["check", "set", "remove", "create"]);
      expect((await two.get(at("epoch")))?.stat.version).toBe(1);
      expect((await two.get(at("controller")))?.stat.ephemeralOwner).toBe(one.session.id);
    });

    it("of a multi that only removes stays unknown", async () => {
      await one.create(at("a"), null);
      ensemble.loseNextReply(one);
      await expect(one.multi([{ kind: "remove", path: at("a"), expectedVersion: 0 }])).rejects.toMatchObject({
        code: "CONNECTION_LOSS",
      });
      expect(await two.get(at("a"))).toBeNull();
    });

    it("of a sequential node stays unknown, and is not made twice", async () => {
      ensemble.loseNextReply(one);
      await expect(one.create(at("n_"), null, { sequential: true })).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
      await until("connected again", () => one.session.state === "connected");
      expect((await two.children(root))?.names).toHaveLength(1);
    });
  });
});

function bytes(text: string): Buffer {
  return Buffer.from(text, "utf8");
}

function eventsOf(session: Coordination): SessionEvent[] {
  const events: SessionEvent[] = [];
  session.onSession((event) => events.push(event));
  return events;
}

interface Counter {
  count: number;
  readonly listener: () => void;
  /** Acts, and waits until the listener was told. */
  after(act: () => Promise<unknown>): Promise<void>;
}

/** @param settled awaited before each act, so that the watch stands; changes that follow closer may be told once */
function counter(settled: () => Promise<unknown> = () => Promise.resolve()): Counter {
  const self: Counter = {
    count: 0,
    listener: () => {
      self.count += 1;
    },
    async after(act) {
      await settled();
      const before = self.count;
      await act();
      await until("the listener told", () => self.count > before);
    },
  };
  return self;
}
