export { type BadInputCase, badInputCases } from "./bad-input/cases";
export { mutatedFrame, sendAlone } from "./bad-input/mutated-frames";
export { type ProbeTarget, probe } from "./bad-input/probe";
export { freePort } from "./free-port";
export { LocalBroker, type LocalBrokerOptions } from "./local-broker";
export { type Ending, ManagedProcess, type ProcessOptions } from "./managed-process";
export { repositoryRoot } from "./repository-root";
export { type RunOptions, type RunResult, runToEnd } from "./run-to-end";
export { until } from "./until";
