describe("the package in a process that only talks to an ensemble", () => {
  it("loads neither child processes nor its own test servers before one is asked for", () => {
    const loaded: string[] = [];
    jest.isolateModules(() => {
      for (const name of ["node:child_process", "./zookeeper-server", "./faulty-proxy", "./zookeeper-installation"]) {
        jest.doMock(name, () => {
          loaded.push(name);
          return jest.requireActual<object>(name);
        });
      }
      const { findZooKeeper } = require("../index") as typeof import("../index");
      expect(loaded).toEqual([]);
      findZooKeeper({});
      expect(loaded).toEqual(["./zookeeper-installation"]);
    });
  });
});
