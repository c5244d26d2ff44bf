import { Scope } from "./scope";

/** Resources that say when they are closed. */
function resources() {
  const closed: string[] = [];
  const make = (name: string, failure?: Error) => ({
    name,
    async close() {
      await Promise.resolve();
      closed.push(name);
      if (failure !== undefined) throw failure;
    },
  });
  return { closed, make };
}

describe("a scope", () => {
  it("closes what it owns newest first, deferred actions in their place", async () => {
    const { closed, make } = resources();
    const scope = new Scope();
    expect(scope.own(make("first")).name).toBe("first");
    scope.defer(() => void closed.push("deferred"));
    scope.own(make("last"));
    await scope.close();
    expect(closed).toEqual(["last", "deferred", "first"]);
    await scope.close();
    expect(closed).toHaveLength(3);
  });

  it("closes the rest when one of them fails, and then throws that failure", async () => {
    const { closed, make } = resources();
    const scope = new Scope();
    scope.own(make("first"));
    scope.own(make("second", new Error("stuck")));
    scope.own(make("third"));
    await expect(scope.close()).rejects.toThrow("stuck");
    expect(closed).toEqual(["third", "second", "first"]);
  });

  it("throws all failures together when there are several", async () => {
    const { make } = resources();
    const scope = new Scope();
    const [one, two] = [new Error("one"), new Error("two")];
    scope.own(make("a", one));
    scope.own(make("b", two));
    await expect(scope.close()).rejects.toMatchObject({ errors: [two, one] });
  });

  it("hands everything on, and owns nothing afterwards", async () => {
    const { closed, make } = resources();
    const scope = new Scope();
    scope.own(make("a"));
    const next = scope.release();
    await scope.close();
    expect(closed).toEqual([]);
    await next.close();
    expect(closed).toEqual(["a"]);
  });
});

describe("an opening", () => {
  it("that succeeds keeps what it released, and closes what it did not", async () => {
    const { closed, make } = resources();
    const kept = await Scope.opening(async (opening) => {
      opening.own(make("kept"));
      const held = opening.release();
      opening.own(make("temporary"));
      return held;
    });
    expect(closed).toEqual(["temporary"]);
    await kept.close();
    expect(closed).toEqual(["temporary", "kept"]);
  });

  it("that fails half-way closes what it had opened, and throws why", async () => {
    const { closed, make } = resources();
    const opening = Scope.opening(async (scope) => {
      scope.own(make("first"));
      scope.own(make("second"));
      throw new Error("no third");
    });
    await expect(opening).rejects.toThrow("no third");
    expect(closed).toEqual(["second", "first"]);
  });

  it("that fails, and fails to close, says both", async () => {
    const { make } = resources();
    const [failure, closing] = [new Error("no second"), new Error("stuck")];
    const opening = Scope.opening(async (scope) => {
      scope.own(make("first", closing));
      throw failure;
    });
    await expect(opening).rejects.toMatchObject({ message: "no second", errors: [failure, closing] });
  });
});
