import { lineFormat, recordOf } from "./line-record";

describe("a line as a record", () => {
  it.each<[Record<string, string>, string, string | null | undefined, string | null, string[]]>([
    [{}, "a\tb", undefined, "a\tb", []],
    [{ "parse.key": "true" }, "k\tv\tw", "k", "v\tw", []],
    [{ "parse.key": "true" }, "\t", "", "", []],
    [{ "parse.key": "true", "key.separator": "::" }, "k::v", "k", "v", []],
    [{ "parse.key": "true", "null.marker": "NIL" }, "NIL\tNIL", null, null, []],
    [{ "parse.headers": "true", "parse.key": "true" }, "h:1,i:2\tk\tv", "k", "v", ["h=1", "i=2"]],
    [{ "parse.headers": "true" }, "h:1:2\tv", undefined, "v", ["h=1:2"]],
    [{ "parse.headers": "true", "null.marker": "N" }, "h:N\tv", undefined, "v", ["h=null"]],
    [{ "parse.key": "true", "ignore.error": "true" }, "no separator", undefined, "no separator", []],
  ])("under %j %j has key %j, value %j and headers %j", (properties, line, key, value, headers) => {
    const record = recordOf("t", Buffer.from(line), 1, lineFormat(new Map(Object.entries(properties))));
    expect(record.key === undefined ? undefined : textOf(record.key)).toBe(key);
    expect(textOf(record.value)).toBe(value);
    expect((record.headers ?? []).map(([name, bytes]) => `${name}=${String(bytes)}`)).toEqual(headers);
  });

  it("says on which line a separator is missing", () => {
    const format = lineFormat(new Map([["parse.key", "true"]]));
    expect(() => recordOf("t", Buffer.from("abc"), 3, format)).toThrow(
      "No key separator found on line number 3: 'abc'",
    );
  });

  it("refuses separators that cannot be told apart", () => {
    expect(() => lineFormat(new Map([["headers.separator", ":"]]))).toThrow(
      "headers.separator and headers.key.separator may not be equal",
    );
  });
});

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}
