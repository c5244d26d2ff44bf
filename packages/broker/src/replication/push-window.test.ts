import { PushWindow } from "./push-window";

describe("the window of one follower", () => {
  it("gives catching-up partitions half, and in-sync ones all that is left", () => {
    const window = new PushWindow(1000);
    expect([window.room(true), window.room(false)]).toEqual([1000, 500]);
    const back = window.take(false, 500);
    expect([window.room(true), window.room(false)]).toEqual([500, 0]);
    window.take(true, 500);
    expect([window.room(true), window.room(false)]).toEqual([0, 0]);
    back();
    expect([window.room(true), window.room(false)]).toEqual([500, 500]);
  });

  it("lets a batch larger than it go alone", () => {
    const window = new PushWindow(1000);
    expect(window.mayOverflow(true)).toBe(true);
    const back = window.take(true, 5000);
    expect([window.mayOverflow(true), window.mayOverflow(false), window.room(true)]).toEqual([false, false, 0]);
    back();
    expect(window.mayOverflow(true)).toBe(true);
    window.take(false, 1);
    expect(window.mayOverflow(false)).toBe(false);
  });
});
