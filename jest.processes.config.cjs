/** Specs that start real processes: ZooKeeper, brokers, clients we did not write. They need a build (`scripts/test.sh` makes it) and minutes. */
const base = require("./jest.config.cjs");

module.exports = {
  ...base,
  roots: ["<rootDir>/packages/harness"],
  testMatch: ["**/specs/**/*.test.ts"],
  testTimeout: 120_000,
};
