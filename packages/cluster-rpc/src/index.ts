export { grpcTransport } from "./grpc/grpc-transport";
export { InProcessNetwork } from "./in-process/in-process-network";
export type * from "./messages/calls";
export type * from "./messages/replication";
export type * from "./messages/session";
export * from "./port";
export { DEFAULT_LIMITS, type TransportLimits, type TransportOptions } from "./transport-options";
