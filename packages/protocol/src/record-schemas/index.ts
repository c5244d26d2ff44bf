export * from "./committed-offset";
export * from "./consumer-protocol";
export * from "./group-metadata";
export * from "./leader-change";
export * from "./transaction-log";
export * from "./versioned";
