import { FakeBroker } from "@ottla/client";
import { ran, typing } from "../testing/captured-io";
import { consoleConsumer } from "./console-consumer";
import { consoleProducer } from "./console-producer";

describe("the console tools, writing and reading", () => {
  let broker: FakeBroker;
  beforeEach(async () => {
    broker = await FakeBroker.start();
    broker.topics.set("t", 1);
  });
  afterEach(async () => broker.close());
  const produce = (argv: readonly string[], stdin: Parameters<typeof ran>[2]) =>
    ran(consoleProducer, ["--bootstrap-server", broker.address, "--topic", "t", ...argv], stdin);
  const consume = (argv: readonly string[], options?: Parameters<typeof ran>[2]) =>
    ran(consoleConsumer, ["--bootstrap-server", broker.address, "--topic", "t", ...argv], options);

  it("bring every byte through: empty lines, carriage returns, bytes that are no UTF-8, a last line without an end", async () => {
    const stdin = Buffer.concat([
      Buffer.from("a\n\nb\r\n"),
      Buffer.from([0xff, 0x00, 0x80, 0x0a]),
      Buffer.from("last"),
    ]);
    expect(await produce([], { stdin })).toEqual({ code: 0, stdout: "", stderr: "" });
    const { code, stdout, stderr } = await consume(["--from-beginning", "--max-messages", "5"]);
    expect(stdout).toBe(`${stdin.toString("latin1")}\n`);
    expect(stderr).toBe("Processed a total of 5 messages\n");
    expect(code).toBe(0);
  });

  it.each(["none", "gzip", "snappy", "lz4", "zstd"])(
    "bring 20,000 lines through with codec %s, in order",
    async (codec) => {
      const stdin = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join("");
      expect((await produce([`--compression-codec=${codec}`], { stdin })).code).toBe(0);
      expect((await consume(["--from-beginning", "--max-messages", "20000"])).stdout).toBe(stdin);
      expect(broker.log("t").every((batch) => batch.codec === codec)).toBe(true);
    },
  );

  it("take a bare --compression-codec for gzip", async () => {
    await produce(["--compression-codec", "--sync"], { stdin: "a\n" });
    expect(broker.log("t")[0]?.codec).toBe("gzip");
  });

  it("print the fields asked for, in Kafka's order, with Kafka's words for what is absent", async () => {
    const argv = ["--property", "parse.key=true", "--property", "parse.headers=true", "--property", "null.marker=NIL"];
    await produce(argv, { stdin: "h1:v1,h2:v2\tk\tv\nNIL\tNIL\tNIL\n" });
    const all = ["timestamp", "partition", "offset", "headers", "key"].flatMap((one) => [
      "--property",
      `print.${one}=true`,
    ]);
    const { stdout } = await consume(["--from-beginning", "--max-messages", "2", ...all]);
    expect(stdout.replace(/CreateTime:\d{13}/g, "CreateTime:T")).toBe(
      "CreateTime:T\tPartition:0\tOffset:0\th1:v1,h2:v2\tk\tv\nCreateTime:T\tPartition:0\tOffset:1\tNO_HEADERS\tnull\tnull\n",
    );
  });

  it("say on which line a key is missing, keep what came before, and exit with 1", async () => {
    const { code, stderr } = await produce(["--property", "parse.key=true"], { stdin: "k\tv\nabc\n" });
    expect(stderr).toBe("error: No key separator found on line number 2: 'abc'\n");
    expect(code).toBe(1);
    expect(broker.log("t")).toHaveLength(1);
  });

  it("prompt on a terminal only, and send a typed line without waiting for more", async () => {
    const stdin = Object.assign(typing(), { isTTY: true });
    const running = produce([], { stdin });
    stdin.write("typed\n");
    const deadline = performance.now() + 3_000;
    while (broker.log("t").length === 0 && performance.now() < deadline) await new Promise(setImmediate);
    expect(broker.log("t")).toHaveLength(1);
    stdin.end();
    expect(await running).toEqual({ code: 0, stdout: "", stderr: ">>" });
  });

  it("read one partition from an offset, until nothing more comes", async () => {
    await produce([], { stdin: "a\nb\nc\n" });
    const { code, stdout, stderr } = await consume(["--partition", "0", "--offset", "1", "--timeout-ms", "100"]);
    expect(stdout).toBe("b\nc\n");
    expect(stderr).toContain("Processed a total of 2 messages");
    expect(code).toBe(0);
  });

  it("end cleanly when the user interrupts, with the count", async () => {
    await produce([], { stdin: "a\n" });
    const user = new AbortController();
    const running = consume(["--from-beginning"], { signal: user.signal });
    const before = broker.count("Fetch");
    const deadline = performance.now() + 3_000;
    while (broker.count("Fetch") < before + 3 && performance.now() < deadline) await new Promise(setImmediate);
    user.abort();
    expect(await running).toEqual({ code: 0, stdout: "a\n", stderr: "Processed a total of 1 messages\n" });
  });

  it("end cleanly when the reader of the output has gone", async () => {
    await produce([], { stdin: "a\nb\n" });
    const stdout = typing();
    stdout.on("error", () => undefined);
    stdout.destroy();
    const { code, stderr } = await consume(["--from-beginning"], { stdout });
    expect(stderr).toContain("Unable to write to standard out, closing consumer.\n");
    expect(code).toBe(0);
  });

  it.each([
    [["--group", "g"], "no consumer groups"],
    [["--offset", "3"], "The partition is required when offset is specified."],
    [
      ["--partition", "0", "--offset", "3", "--from-beginning"],
      `Option "[from-beginning]" can't be used with option "[offset]"`,
    ],
    [["--partition", "0", "--offset", "soon"], "The provided offset value 'soon' is incorrect"],
    [["--include", "x"], "Exactly one of --topic and --include is required."],
    [["--partition", "7"], "there is no partition 7"],
    [["--consumer-property", "security.protocol=SSL"], "security.protocol=SSL is not supported"],
  ])("refuse %j and say why", async (argv, message) => {
    const { code, stdout, stderr } = await consume(argv);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("take the old names of the options, and say so", async () => {
    const { stderr } = await ran(consoleProducer, ["--broker-list", broker.address, "--topic", "t"], { stdin: "a\n" });
    expect(stderr).toBe("--broker-list is old; using --bootstrap-server\n");
  });

  it("print the help on standard output with --help, and on standard error without arguments", async () => {
    expect(await ran(consoleProducer, ["--help"])).toMatchObject({ code: 0, stderr: "" });
    expect(await ran(consoleProducer, [])).toMatchObject({ code: 1, stdout: "" });
  });
});
