import { parseProperties } from "./properties-file";

/** The pairs a text is read as, without their lines. */
const check = (text: string, expected: readonly (readonly [string, string])[]): void =>
  expect(parseProperties(text).map(({ key, value }) => [key, value])).toEqual(expected);

describe("a .properties file", () => {
  it("separates key and value by =, : or blanks, the first of them", () => {
    check("a=1\nb:2\nc 3\nd = 4\ne : = 5\n\tf\t6", [
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
      ["d", "4"],
      ["e", "= 5"],
      ["f", "6"],
    ]);
  });

  it("keeps later separators in the value", () => {
    check("listeners=PLAINTEXT://:9092", [["listeners", "PLAINTEXT://:9092"]]);
  });

  it("has comments that begin with # or !, also behind blanks, and never behind a value", () => {
    check("# a=1\n  ! b=2\nc=3 # not a comment", [["c", "3 # not a comment"]]);
  });

  it("joins a line that ends in a backslash with the next one, whose leading blanks go", () => {
    check("a=1,\\\n   2,\\\r\n 3\nb=x", [
      ["a", "1,2,3"],
      ["b", "x"],
    ]);
  });

  it("reads two backslashes at the end of a line as one that joins nothing", () => {
    check("a=C:\\\\\nb=x", [
      ["a", "C:\\"],
      ["b", "x"],
    ]);
  });

  it("understands escapes in keys and values", () => {
    check("a\\=b\\:c\\ d=\\u00e9\\t\\x\\\\", [["a=b:c d", "é\tx\\"]]);
  });

  it("reads a key alone as an empty value", () => {
    check("a\nb=\nc:", [
      ["a", ""],
      ["b", ""],
      ["c", ""],
    ]);
  });

  it("cuts blanks at the end of a value, as Kafka does when it reads it", () => {
    check("broker.id=1  \r\n", [["broker.id", "1"]]);
  });

  it("says on which line a property begins", () => {
    expect(parseProperties("# x\n\na=1\\\n2\nb=3").map(({ line }) => line)).toEqual([3, 5]);
  });

  it("takes any text, also one that ends in the middle", () => {
    check("a=\\u12\nb=\\", [
      ["a", "u12"],
      ["b", ""],
    ]);
  });
});
