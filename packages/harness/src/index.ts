export { freePort } from "./free-port";
export { type Ending, ManagedProcess, type ProcessOptions } from "./managed-process";
export { repositoryRoot } from "./repository-root";
export { type RunOptions, type RunResult, runToEnd } from "./run-to-end";
export { until } from "./until";
