import { judgeTopicCollision, judgeTopicName } from "./topic-name";

describe("a topic name", () => {
  it.each(["t", "A-z_0.9", "...", "__consumer_offsets", "x".repeat(249)])("may be %s", (name) => {
    expect(judgeTopicName(name)).toBeNull();
  });

  it.each([
    ["", "Topic name is invalid: the empty string is not allowed"],
    [".", `Topic name is invalid: '.' is not allowed`],
    ["..", `Topic name is invalid: '..' is not allowed`],
    [
      "x".repeat(250),
      `Topic name is invalid: the length of '${"x".repeat(250)}' is longer than the max allowed length 249`,
    ],
    [
      "a b",
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      "é",
      "Topic name is invalid: 'é' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      "a\n",
      "Topic name is invalid: 'a\n' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
  ])("may not be %j", (name, message) => {
    expect(judgeTopicName(name)).toEqual({ error: "INVALID_TOPIC_EXCEPTION", message });
  });

  it("collides with those that differ in dots and underscores alone", () => {
    expect(judgeTopicCollision("a.b_c", ["a_b.c", "a.b.c", "a-b-c", "a.b_c"])).toEqual({
      error: "INVALID_TOPIC_EXCEPTION",
      message: "Topic 'a.b_c' collides with existing topics: a.b.c, a_b.c",
    });
    expect(judgeTopicCollision("abc", ["abc", "a.b"])).toBeNull();
  });
});
