import { SeededRandom } from "./random";
import { SimulatedClock } from "./simulated-clock";
import { SimulatedNetwork } from "./simulated-network";
import { SimulatedProcess } from "./simulated-process";
import { SimulatedSockets } from "./simulated-sockets";
import type { StreamSocket } from "./sockets";

/** A server that answers each chunk with the same chunk, and a client that notes what it hears, with the times. */
async function echo(options: { readonly jitterMs?: number; readonly seed?: number } = {}) {
  const clock = new SimulatedClock();
  const random = new SeededRandom(options.seed ?? 1);
  const network = new SimulatedNetwork({ clock, delayMs: 5, jitterMs: options.jitterMs ?? 0, random });
  for (const host of ["s", "c"]) network.addHost(host);
  const server = new SimulatedProcess("s", clock);
  const client = new SimulatedProcess("c", clock);
  let count = 0;
  const listening = await new SimulatedSockets(network, "s", server).listen(
    { host: "s", port: 1, backlog: 1, keepAliveDelayMs: 0 },
    (socket) => {
      count++;
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("error", () => undefined);
    },
  );
  const heard: string[] = [];
  const note = (what: string) => heard.push(`${clock.monotonicMs()} ${what}`);
  const dial = (): StreamSocket => {
    const socket = new SimulatedSockets(network, "c", client).connect({ host: "s", port: 1 });
    socket.on("connect", () => note("connect"));
    socket.on("data", (chunk) => note(chunk.toString()));
    socket.on("error", (error) => note((error as NodeJS.ErrnoException).code ?? ""));
    socket.on("close", () => note("close"));
    return socket;
  };
  return { clock, network, server, client, listening, heard, dial, accepted: () => count };
}

describe("a simulated network", () => {
  it("takes each packet over its link in the link's time", async () => {
    const { clock, heard, dial } = await echo();
    const socket = dial();
    socket.write(Buffer.from("hello"));
    await clock.advanceAsync(100);
    expect(heard).toEqual(["10 connect", "20 hello"]);
  });

  it("accepts connections for a process that stands still, and hands over what came when it goes on", async () => {
    const { clock, network, server, heard, dial } = await echo();
    server.pause();
    network.changed("s");
    const socket = dial();
    socket.write(Buffer.from("hello"));
    await clock.advanceAsync(1_000);
    expect(heard).toEqual(["10 connect"]);
    server.resume();
    await clock.advanceAsync(100);
    expect(heard.slice(1)).toEqual(["1005 hello"]);
  });

  it("keeps for a client that stands still what it was sent", async () => {
    const { clock, client, heard, dial } = await echo();
    dial().write(Buffer.from("hello"));
    await clock.advanceAsync(11);
    client.pause();
    await clock.advanceAsync(100);
    expect(heard).toEqual(["10 connect"]);
    client.resume();
    await clock.advanceAsync(1);
    expect(heard.slice(1)).toEqual(["111 hello"]);
  });

  it("resets the connections of a process that dies, once the word of it arrives, and refuses its addresses", async () => {
    const { clock, network, server, heard, dial } = await echo();
    dial();
    await clock.advanceAsync(20);
    server.end();
    network.kill("s");
    await clock.advanceAsync(20);
    dial();
    await clock.advanceAsync(20);
    expect(heard).toEqual(["10 connect", "25 ECONNRESET", "25 close", "50 ECONNREFUSED", "50 close"]);
  });

  it("hears nothing of a machine without power, and of its loss of memory once it has power again", async () => {
    const { clock, network, server, heard, dial } = await echo();
    const socket = dial();
    await clock.advanceAsync(20);
    server.end();
    network.darken("s");
    socket.write(Buffer.from("into the dark"));
    dial();
    await clock.advanceAsync(10_000);
    expect(heard).toEqual(["10 connect"]);
    network.light("s");
    await clock.advanceAsync(100);
    expect(heard.slice(1).map((line) => line.split(" ")[1])).toEqual(["ECONNRESET", "close", "ECONNRESET", "close"]);
  });

  it("holds packets back on a link that is cut, also those that say that nobody listens", async () => {
    const { clock, network, listening, heard, dial } = await echo();
    void listening.close();
    network.stall("s", "c");
    dial();
    await clock.advanceAsync(1_000);
    expect(heard).toEqual([]);
    network.heal("s", "c");
    await clock.advanceAsync(1);
    expect(heard).toEqual(["1000 ECONNREFUSED", "1000 close"]);
  });

  it("has a connection only when both directions let packets through; what was sent with the dial waits for it", async () => {
    const { clock, network, heard, dial, accepted } = await echo();
    network.stall("s", "c");
    const socket = dial();
    socket.write(Buffer.from("hello"));
    await clock.advanceAsync(1_000);
    expect([accepted(), heard]).toEqual([0, []]);
    network.heal("s", "c");
    await clock.advanceAsync(100);
    expect([accepted(), heard.map((line) => line.split(" ")[1])]).toEqual([1, ["connect", "hello"]]);
  });

  it("lets packets of one connection overtake those of another, never their own", async () => {
    let overtook = false;
    for (let seed = 1; seed <= 20; seed++) {
      const { clock, heard, dial } = await echo({ jitterMs: 20, seed });
      const [one, other] = [dial(), dial()];
      await clock.advanceAsync(200);
      heard.length = 0;
      for (const text of ["1", "2", "3"]) {
        one.write(Buffer.from(`a${text}`));
        other.write(Buffer.from(`b${text}`));
        await clock.advanceAsync(1);
      }
      await clock.advanceAsync(200);
      const came = heard.map((line) => line.split(" ")[1] ?? "").join("");
      expect(came.replaceAll(/b\d/g, "")).toBe("a1a2a3");
      expect(came.replaceAll(/a\d/g, "")).toBe("b1b2b3");
      overtook ||= came.startsWith("b1");
    }
    expect(overtook).toBe(true);
  });
});
