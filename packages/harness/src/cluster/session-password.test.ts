import { sessionPassword } from "./session-password";

describe("the password of a ZooKeeper session", () => {
  // As ZooKeeper 3.8 gave them to two clients.
  it.each([
    [0x10000c0f8c20000n, "8c642e2329c9bb8e4a487c241a8cb797"],
    [0x10000c0f8c20001n, "9f852823c9149bd33f8be34fee14cc64"],
  ])("follows from its id: %d", (id, password) => {
    expect(sessionPassword(id).toString("hex")).toBe(password);
  });
});
