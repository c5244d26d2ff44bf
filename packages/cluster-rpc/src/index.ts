export type * from "./messages/calls";
export type * from "./messages/replication";
export type * from "./messages/session";
export * from "./port";
