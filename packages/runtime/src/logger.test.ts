describe("a process that makes no logger", () => {
  it("does not load winston, which takes longer than all else that a tool loads", () => {
    const loaded: string[] = [];
    jest.isolateModules(() => {
      jest.doMock("winston", () => {
        loaded.push("winston");
        return jest.requireActual<object>("winston");
      });
      const { createLogger, explain } = require("./logger") as typeof import("./logger");
      expect(explain(new Error("a", { cause: new Error("b") }))).toBe("a: b");
      expect(loaded).toEqual([]);

      createLogger({ level: "error", format: "text" });
      expect(loaded).toEqual(["winston"]);
    });
  });
});
