/** Unit and contract specs: they read the sources, so no build step comes first. */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/packages"],
  testMatch: ["**/src/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "\\.process\\.test\\.ts$"],
  modulePathIgnorePatterns: ["/dist/"],
  testEnvironmentOptions: { customExportConditions: ["@ottla/source", "node", "node-addons"] },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2022" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
};
