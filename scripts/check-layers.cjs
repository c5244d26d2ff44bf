#!/usr/bin/env node
/**
 * Fails when a package imports upwards, or when a place that must be pure touches time, randomness, `node:*`, gRPC or ZooKeeper.
 *
 * The floors and the pure places are those of docs/ARCHITECTURE.md. `check-layers.cjs --root DIR` checks another tree: the spec
 * beside this file plants violations there and sees them named.
 */
const { readdirSync, readFileSync, existsSync } = require("node:fs");
const { join, relative, sep } = require("node:path");

const FLOOR = {
  runtime: 0,
  protocol: 1,
  storage: 2,
  coordination: 2,
  "cluster-rpc": 3,
  client: 4,
  controller: 4,
  broker: 5,
  testing: 6,
  cli: 7,
  bench: 8,
  simulator: 8,
  harness: 7,
};

/** Folders whose production sources decide and never act. */
const PURE = [
  "packages/protocol/src",
  "packages/controller/src/decisions",
  "packages/broker/src/partition",
  "packages/broker/src/groups/machine",
  "packages/broker/src/transactions/machine",
  "packages/storage/src/plans",
];

/** `node:zlib` is computation, not I/O: only the codecs may have it. */
const PURE_EXCEPTIONS = [{ within: "packages/protocol/src/compression/", module: "node:zlib" }];

/** Sources that may touch the real clock, real randomness and the real disk: runtime's adapters and the floor of processes and tools. */
const EFFECTFUL = [/^packages\/runtime\/src\//, /^packages\/(cli|bench|harness|simulator|testing)\//];

const FORBIDDEN_IN_PURE = [
  [/^node:|^(fs|net|os|path|timers|crypto|child_process|worker_threads)$/, "a node module"],
  [/^@grpc\//, "gRPC"],
  [/^node-zookeeper-client/, "ZooKeeper"],
];
const GLOBALS =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|setImmediate|process\.hrtime)\b/;

function main() {
  const flag = process.argv.indexOf("--root");
  const root = flag === -1 ? join(__dirname, "..") : process.argv[flag + 1];
  const violations = sourcesUnder(join(root, "packages")).flatMap((file) =>
    violationsIn(relative(root, file).split(sep).join("/"), readFileSync(file, "utf8")),
  );
  for (const violation of violations) console.error(violation);
  console.log(`layers: ${violations.length === 0 ? "sound" : `${violations.length} violation(s)`}`);
  process.exit(violations.length === 0 ? 0 : 1);
}

function violationsIn(file, text) {
  const found = [];
  const owner = file.split("/")[1];
  const isTest = /\.test\.ts$|\/testing\//.test(file);
  const pure = !isTest && PURE.some((place) => file.startsWith(`${place}/`));
  for (const { module, line } of importsOf(text)) {
    const at = `${file}:${line}`;
    const target = /^@ottla\/([^/]+)/.exec(module)?.[1];
    if (target !== undefined) {
      if (FLOOR[target] === undefined)
        found.push(`${at}: imports ${module}, which has no floor in scripts/check-layers.cjs`);
      else if (target !== owner && FLOOR[target] >= FLOOR[owner])
        found.push(
          `${at}: ${owner} (floor ${FLOOR[owner]}) imports ${target} (floor ${FLOOR[target]}); imports run downwards only`,
        );
      if (module.split("/").length > 2) found.push(`${at}: reaches into ${module}; import the package's index`);
    }
    if (!pure) continue;
    if (PURE_EXCEPTIONS.some((e) => file.startsWith(e.within) && module === e.module)) continue;
    for (const [pattern, name] of FORBIDDEN_IN_PURE)
      if (pattern.test(module)) found.push(`${at}: a pure place imports ${module} (${name})`);
  }
  if (isTest || EFFECTFUL.some((pattern) => pattern.test(file))) return found;
  stripComments(text)
    .split("\n")
    .forEach((code, index) => {
      const used = GLOBALS.exec(code);
      if (used) found.push(`${file}:${index + 1}: uses ${used[1]}; take it from a port of @ottla/runtime`);
    });
  return found;
}

function importsOf(text) {
  const imports = [];
  for (const match of text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\brequire\s*\(\s*|^import\s+)["']([^"']+)["']/gm))
    imports.push({ module: match[1], line: text.slice(0, match.index).split("\n").length });
  return imports;
}

/** Blanks comments but keeps the lines, so that numbers stay right. */
function stripComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, (c) => c.replace(/[^\n]/g, " ")).replace(/(^|\s)\/\/.*$/gm, "$1");
}

function sourcesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "dist", "fixtures"].includes(entry.name) ? [] : sourcesUnder(path);
    return /\.(ts|cts|mts)$/.test(entry.name) ? [path] : [];
  });
}

main();
