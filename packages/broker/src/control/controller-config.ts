import type { ControllerConfig } from "@ottla/controller";
import type { BrokerConfig } from "../config/broker-config";

const SECOND_MS = 1000;

/** What the controller reads of a broker's configuration: getters, so that it follows what changes at run time. */
export const controllerConfig = (config: BrokerConfig): Required<ControllerConfig> => ({
  get numPartitions() {
    return config.get("num.partitions");
  },
  get defaultReplicationFactor() {
    return config.get("default.replication.factor");
  },
  get deleteTopicEnable() {
    return config.get("delete.topic.enable");
  },
  get uncleanLeaderElectionEnable() {
    return config.get("unclean.leader.election.enable");
  },
  get minInsyncReplicas() {
    return config.get("min.insync.replicas");
  },
  get suspectTimeoutMs() {
    return config.get("ottla.controller.suspect.timeout.ms");
  },
  get autoLeaderRebalanceEnable() {
    return config.get("auto.leader.rebalance.enable");
  },
  get leaderImbalanceCheckIntervalMs() {
    return config.get("leader.imbalance.check.interval.seconds") * SECOND_MS;
  },
  get leaderImbalancePerBrokerPercentage() {
    return config.get("leader.imbalance.per.broker.percentage");
  },
});
