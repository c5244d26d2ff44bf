export { Aborted, type Clock, DeadlineExceeded, sleep, type Timer, withDeadline } from "./clock";
export { type Disk, DiskError, type DiskFile, type DiskStat, replaceFile } from "./disk";
export { InvariantViolation, invariant } from "./invariant";
export { createLogger, explain, type LogFields, type Logger, type LogLevel, silentLogger } from "./logger";
export { whenMicrotasksAreDone } from "./microtasks";
export { nodeDisk } from "./node-disk";
export { nodeSockets } from "./node-sockets";
export { type Random, randomUuid, SeededRandom } from "./random";
export { type Closable, Scope } from "./scope";
export { SimulatedClock } from "./simulated-clock";
export {
  type ConnectionEvents,
  type Gate,
  type Keepalive,
  type Side,
  SimulatedConnection,
} from "./simulated-connection";
export { type DiskFault, SimulatedDisk, type SimulatedDiskOptions } from "./simulated-disk";
export { type DialOptions, type ListeningPort, SimulatedNetwork } from "./simulated-network";
export { SimulatedProcess } from "./simulated-process";
export { SimulatedSockets } from "./simulated-sockets";
export type { ListenOptions, Sockets, StreamServer, StreamSocket } from "./sockets";
export { systemClock } from "./system-clock";
export { systemRandom } from "./system-random";
