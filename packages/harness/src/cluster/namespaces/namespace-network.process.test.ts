import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManagedProcess } from "../../managed-process";
import { CLIENTS, type Place } from "../network";
import { removeLeftBehind } from "./left-behind";
import { mayMakeNetworks, NamespaceNetwork } from "./namespace-network";

// Who is not root cannot make one.
const asRoot = mayMakeNetworks() ? describe : describe.skip;

asRoot("a network of namespaces (needs root)", () => {
  let network: NamespaceNetwork;
  let places: Map<string, Place>;
  const folder = mkdtempSync(join(tmpdir(), "ottla-network-"));
  const servers: ManagedProcess[] = [];

  beforeAll(async () => {
    network = await NamespaceNetwork.start();
    places = new Map();
    for (const name of ["a", "b"]) {
      const place = await network.place(name);
      places.set(name, place);
      const server = `require("net").createServer((s) => s.end("here")).listen(9092, "${place.host}", () => console.log("listens"))`;
      const { command, args } = place.command("node", ["-e", server]);
      servers.push(ManagedProcess.start({ command, args, logFile: join(folder, `${name}.log`) }));
    }
    for (const server of servers) await server.says(/listens/, 20_000);
  });
  afterAll(async () => {
    await network.close();
    for (const server of servers) await server.close();
    rmSync(folder, { recursive: true });
  });

  it("lets everybody reach everybody", () => {
    expect([reach(CLIENTS, "a"), reach("a", "b"), reach("b", "a")]).toEqual(["here", "here", "here"]);
  });

  it("is silent about what is dropped, in one direction as in both: no connection comes to be", async () => {
    const heal = await network.impose([{ from: "a", to: "b", how: "drop" }]);
    expect([reach("a", "b"), reach("b", "a"), reach(CLIENTS, "b")]).toEqual(["silence", "silence", "here"]);
    await heal();
    expect(reach("a", "b")).toBe("here");
  });

  it("refuses what is rejected", async () => {
    const heal = await network.impose([{ from: CLIENTS, to: "b", how: "reject" }]);
    expect([reach(CLIENTS, "b"), reach("a", "b")]).toEqual(["refused", "here"]);
    await heal();
  });

  it("heals each fault alone", async () => {
    const one = await network.impose([{ from: "a", to: "b", how: "reject" }]);
    const other = await network.impose([{ from: "a", to: "b", how: "reject" }]);
    await one();
    expect(reach("a", "b")).toBe("refused");
    await other();
    expect(reach("a", "b")).toBe("here");
  });

  it("removes what a run that was killed left behind, with what still ran there", async () => {
    const gone = `ottla-${spawnSync("true").pid}-broker1`;
    spawnSync("ip", ["netns", "add", gone]);
    const left = ManagedProcess.start({
      command: "ip",
      args: ["netns", "exec", gone, "sh", "-c", "echo runs; exec sleep 1000"],
      logFile: join(folder, "left.log"),
    });
    await left.says(/runs/, 20_000);
    await removeLeftBehind();
    expect((await left.ended).signal).toBe("SIGKILL");
    const names = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout;
    expect(names).not.toContain(gone);
    expect(names).toContain(`ottla-${process.pid}-a`);
  });

  it("leaves nothing behind", async () => {
    await network.close();
    const left = spawnSync("ip", ["netns", "list"], { encoding: "utf8" }).stdout;
    expect(left).not.toContain(`ottla-${process.pid}-`);
  });

  /** What becomes of a connection from one node to another. */
  function reach(from: string, to: string): string {
    const script = `const s = require("net").connect(9092, "${places.get(to)?.host}");
      const say = (word) => { console.log(word); process.exit(); };
      s.setTimeout(700, () => say("silence"));
      s.on("error", (e) => say(e.code === "ECONNREFUSED" ? "refused" : e.code));
      s.on("data", (d) => say(String(d)));`;
    const direct = { command: "node", args: ["-e", script] };
    const { command, args } = places.get(from)?.command("node", ["-e", script]) ?? direct;
    return spawnSync(command, args, { encoding: "utf8" }).stdout.trim();
  }
});
