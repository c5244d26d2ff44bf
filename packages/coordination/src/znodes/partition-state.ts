import { encodeJson, ZnodeJson } from "./znode-json";

/** Leader, ISR and epochs of one partition. The partition epoch is not in the data: it is the node's data version. */
export interface PartitionStateNode {
  /** Broker id, or -1 when nobody leads. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Broker ids, in the order they stand. */
  readonly isr: readonly number[];
  /** Epoch of the controller that wrote this. */
  readonly controllerEpoch: number;
  /** RECOVERING from an unclean election until the next ISR change. */
  readonly leaderRecoveryState: "RECOVERED" | "RECOVERING";
}

/** `/brokers/topics/T/partitions/P/state`, persistent. */
export const partitionState = {
  path: (topic: string, partition: number): string => `/brokers/topics/${topic}/partitions/${partition}/state`,

  encode(node: PartitionStateNode): Buffer {
    return encodeJson({
      controller_epoch: node.controllerEpoch,
      leader: node.leader,
      version: 1,
      leader_recovery_state: node.leaderRecoveryState === "RECOVERING" ? 1 : undefined,
      leader_epoch: node.leaderEpoch,
      isr: node.isr,
    });
  },

  decode(data: Buffer | null, path = "/brokers/topics/T/partitions/P/state"): PartitionStateNode {
    const json = ZnodeJson.parse(path, data);
    return {
      leader: json.integer("leader"),
      leaderEpoch: json.integer("leader_epoch"),
      isr: json.integers("isr"),
      controllerEpoch: json.integer("controller_epoch"),
      leaderRecoveryState: json.integerOr("leader_recovery_state", 0) === 1 ? "RECOVERING" : "RECOVERED",
    };
  },
} as const;
