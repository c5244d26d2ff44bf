import { commandNamed, runOttla } from "./ottla";
import { ran } from "./testing/captured-io";

const ottla = { name: "ottla", summary: "", run: runOttla };

describe("ottla", () => {
  it("lists its commands, and loads no broker to do so", async () => {
    const loaded = jest.fn();
    jest.doMock("@ottla/broker", () => loaded() as unknown);
    const { code, stdout } = await ran(ottla, ["--help"]);
    expect(code).toBe(0);
    for (const name of ["broker", "console-consumer", "console-producer", "topics"])
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    expect(loaded).not.toHaveBeenCalled();
    jest.dontMock("@ottla/broker");
  });

  it("runs a broker with what follows the command", async () => {
    const run = jest.fn((_args: readonly string[]) => Promise.resolve(7));
    jest.doMock("@ottla/broker", () => ({ runBroker: run }));
    const args = ["server.properties", "--override", "broker.id=1"];
    expect(await ran(ottla, ["broker", ...args])).toMatchObject({ code: 7 });
    expect(run.mock.calls).toEqual([[args]]);
    jest.dontMock("@ottla/broker");
  });

  it("leaves signals to the broker, which ends cleanly by itself, and to no other command", () => {
    expect(commandNamed("broker")?.endsItself).toBe(true);
    expect(commandNamed("topics")?.endsItself).toBeUndefined();
  });

  it("knows Kafka's names, and says what was perhaps meant", async () => {
    expect(commandNamed("kafka-topics.sh")?.name).toBe("topics");
    expect(commandNamed("constructor")).toBeNull();
    const { code, stderr } = await ran(ottla, ["brokre"]);
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean broker?");
  });
});
