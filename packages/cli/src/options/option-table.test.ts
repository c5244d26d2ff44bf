import { type OptionTable, parseOptions, usage } from "./option-table";

const table: OptionTable = {
  command: "tool",
  summary: "does things",
  example: "tool --topic t",
  groups: [
    {
      title: "All",
      options: [
        { name: "topic", value: "name", help: "the topic" },
        { name: "config", value: "k=v", help: "a config", repeatable: true },
        { name: "codec", value: "name", bareValue: "gzip", help: "a codec" },
        { name: "sync", help: "a flag" },
        { name: "max-messages", value: "n", help: "a number" },
        { name: "bootstrap-server", value: "list", help: "brokers" },
        { name: "broker-list", value: "list", help: "old", replacedBy: "bootstrap-server" },
      ],
    },
  ],
};

describe("a command line", () => {
  it("takes values after a space and after =, which may hold further ones", () => {
    const options = parseOptions(table, [
      "--topic",
      "t",
      "--config=a=b",
      "--config",
      "c=d=e",
      "--sync",
      "--max-messages",
      "-1",
    ]);
    expect(options.get("topic")).toBe("t");
    expect(options.all("config")).toEqual(["a=b", "c=d=e"]);
    expect(options.has("sync")).toBe(true);
    expect(options.integer("max-messages", -1)).toBe(-1);
  });

  it("gives an option that stands bare its own value, where it has one", () => {
    expect(parseOptions(table, ["--codec", "--sync"]).get("codec")).toBe("gzip");
    expect(parseOptions(table, ["--codec"]).get("codec")).toBe("gzip");
    expect(parseOptions(table, ["--codec", "lz4"]).get("codec")).toBe("lz4");
  });

  it("takes the old name of an option, and says so", () => {
    const options = parseOptions(table, ["--broker-list", "a:1"]);
    expect(options.get("bootstrap-server")).toBe("a:1");
    expect(options.notes).toEqual(["--broker-list is old; using --bootstrap-server"]);
  });

  it.each([
    [["--topik", "t"], "--topik is not an option; did you mean --topic?"],
    [["--top", "t"], "--top is not an option"],
    [["--topic"], "--topic needs a value: name"],
    [["--sync=yes"], "--sync takes no value"],
    [["topic"], "'topic' is not an option"],
  ])("refuses %j", (argv, message) => {
    expect(() => parseOptions(table, argv)).toThrow(message);
  });

  it("names what is missing and what excludes each other as Kafka's tools do", () => {
    const options = parseOptions(table, ["--sync", "--codec"]);
    expect(() => options.required("topic")).toThrow('Missing required argument "[topic]"');
    expect(() => options.excludes("sync", "codec")).toThrow(`Option "[sync]" can't be used with option "[codec]"`);
  });

  it("has a help that shows each current option once, and an example", () => {
    const help = usage(table);
    expect(help).toContain("tool --topic t");
    expect(help).toContain("--codec [name]");
    expect(help).not.toContain("broker-list");
  });
});
