/** Specs that start real processes: ZooKeeper, brokers, clients we did not write. They need a build (`scripts/test.sh` makes it) and minutes. */
const unit = require("./jest.config.cjs");

module.exports = {
  ...unit,
  testMatch: ["**/src/**/*.process.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
