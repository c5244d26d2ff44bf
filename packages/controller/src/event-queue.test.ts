import { EventQueue, QueueFull } from "./event-queue";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the controller's event queue", () => {
  it("takes events one at a time, in the order they came, news and requests alike", async () => {
    const queue = new EventQueue(() => {});
    const seen: string[] = [];
    const event = (name: string) => async () => {
      seen.push(`${name} begins`);
      await turn();
      seen.push(`${name} ends`);
    };
    queue.tell("a", event("a"));
    const asked = queue.ask("b", event("b"));
    queue.tell("c", event("c"));
    expect(seen).toEqual([]); // Never within the call.
    await asked;
    await queue.idle();
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("merges news that wait under one name, but not with one that is being handled", async () => {
    const queue = new EventQueue(() => {});
    let handled = 0;
    const handle = async () => {
      handled++;
      if (handled === 1) queue.tell("news", handle);
      await turn();
    };
    queue.tell("news", handle);
    queue.tell("news", handle);
    await queue.idle();
    expect(handled).toBe(2);
  });

  it("goes on after a failure, which it tells, or gives to who asked", async () => {
    const failures: string[] = [];
    const queue = new EventQueue((event, failure) => failures.push(`${event}: ${String(failure)}`));
    queue.tell("news", () => Promise.reject(new Error("broken")));
    await expect(queue.ask("request", () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    await expect(queue.ask("request", () => Promise.resolve(7))).resolves.toBe(7);
    expect(failures).toEqual(["news: Error: broken"]);
  });

  it("refuses requests beyond a thousand that wait", async () => {
    const queue = new EventQueue(() => {});
    const asked = Array.from({ length: 1001 }, () => queue.ask("request", () => Promise.resolve()));
    const results = await Promise.allSettled(asked);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1000);
    expect(results.at(-1)).toMatchObject({ reason: expect.any(QueueFull) });
  });
});
