export type { PartitionState } from "./cluster/cluster-state";
export { CollectedLog } from "./cluster/collected-log";
export { ProcessEnded, type Replicas } from "./cluster/simulated-broker";
export type { SimulatedClient } from "./cluster/simulated-client";
export {
  type Halt,
  SimulatedCluster,
  type SimulatedClusterOptions,
  simulatedCluster,
} from "./cluster/simulated-cluster";
export { type Member, nodeOf, SimulatedLinks } from "./cluster/simulated-links";
export { SimulatedZooKeeper } from "./cluster/simulated-zookeeper";
export { WireClosed, WireConnection } from "./cluster/wire-connection";
export { SimulatedWorld, WaitedInVain } from "./world";
