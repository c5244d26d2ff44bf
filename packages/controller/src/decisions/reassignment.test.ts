import { isComplete, originOf, planReassignment, reassignTo, targetOf } from "./reassignment";

const at = (replicas: readonly number[], adding: readonly number[] = [], removing: readonly number[] = []) => ({
  replicas,
  adding,
  removing,
});
const live = (id: number) => id <= 5;

describe("a reassignment", () => {
  it("lists the target first, then those that leave", () => {
    expect(reassignTo(at([1, 2]), [3, 1])).toEqual(at([3, 1, 2], [3], [2]));
  });

  it("on the way may be given another target, from where it began", () => {
    const running = at([3, 1, 2], [3], [2]);
    expect(originOf(running)).toEqual([1, 2]);
    expect(targetOf(running)).toEqual([3, 1]);
    expect(reassignTo(running, [4, 1])).toEqual(at([4, 1, 2], [4], [2]));
  });

  it("is cancelled by going back to where it began", () => {
    const plan = planReassignment(at([2, 3, 1], [2], [3, 1]), null, live);
    expect(plan).toEqual({ error: "NONE", assignment: at([3, 1]) });
  });

  it("is complete when its whole target is in sync", () => {
    expect(isComplete(at([3, 1, 2], [3], [2]), [1, 2])).toBe(false);
    expect(isComplete(at([3, 1, 2], [3], [2]), [1, 2, 3])).toBe(true);
  });

  it.each<[string, readonly number[] | null, string]>([
    ["nothing to cancel", null, "NO_REASSIGNMENT_IN_PROGRESS"],
    ["an empty list", [], "INVALID_REPLICA_ASSIGNMENT"],
    ["a broker twice", [1, 1], "INVALID_REPLICA_ASSIGNMENT"],
    ["a negative id", [1, -2], "INVALID_REPLICA_ASSIGNMENT"],
    ["a new replica that is not alive", [1, 9], "INVALID_REPLICA_ASSIGNMENT"],
    ["a present replica that is not alive", [1, 8], "NONE"],
  ])("is judged: %s", (_, target, error) => {
    expect(planReassignment(at([1, 8]), target, live).error).toBe(error);
  });
});
