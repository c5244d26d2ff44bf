import { ottla } from "../../generated/cluster";
import type {
  AlterPartitionReplyMessage,
  BrokerInfo,
  BrokerToController,
  CommandBody,
  CommandError,
  CommandMessage,
  CommandPartitionError,
  ControllerToBroker,
  IsrProposal,
  IsrProposalError,
  IsrProposalOutcome,
  PartitionAssignment,
  PartitionMetadata,
  SessionRefusal,
  StoppedReplica,
} from "../messages/session";
import { type Goodbye, MalformedMessage, type StreamCodecs } from "./codec";
import { asBigInt, asNumber, codecOf, fromBigInt, list, type Names, named } from "./values";

import v1 = ottla.cluster.v1;

/** `Controller.Session`. */
export const sessionCodecs: StreamCodecs<
  BrokerToController,
  ControllerToBroker,
  ControllerToBroker,
  BrokerToController
> = {
  path: "/ottla.cluster.v1.Controller/Session",
  fromClient: codecOf(v1.BrokerMessage, brokerMessageToWire, brokerMessageFromWire),
  fromServer: codecOf(v1.ControllerMessage, controllerMessageToWire, controllerMessageFromWire),
};

function brokerMessageToWire(message: BrokerToController | Goodbye): v1.BrokerMessage.$Properties {
  switch (message.kind) {
    case "hello": {
      const { brokerId, brokerEpoch, incarnation } = message;
      return { hello: { brokerId, brokerEpoch: fromBigInt(brokerEpoch), incarnation } };
    }
    case "commandReply": {
      const { id, error, partitionErrors } = message;
      return { commandReply: { id, error, partitionErrors: list(partitionErrors) } };
    }
    case "alterPartition": {
      const { requestId, partitions } = message;
      return { alterPartition: { requestId, partitions: partitions.map(proposalToWire) } };
    }
    case "ping":
      return { ping: { id: message.id } };
    case "goodbye":
      return { goodbye: { reason: message.reason } };
  }
}

function brokerMessageFromWire(message: v1.BrokerMessage.$Properties): BrokerToController | Goodbye {
  if (message.commandReply) {
    const { id, error, partitionErrors } = message.commandReply;
    return {
      kind: "commandReply",
      id: id ?? 0,
      error: named(COMMAND_ERRORS, error, "UNKNOWN_SERVER_ERROR"),
      partitionErrors: (partitionErrors ?? []).map((partition) => ({
        topic: partition.topic ?? "",
        partition: partition.partition ?? 0,
        error: named(COMMAND_PARTITION_ERRORS, partition.error, "UNKNOWN_SERVER_ERROR"),
      })),
    };
  }
  if (message.alterPartition) {
    const { requestId, partitions } = message.alterPartition;
    return {
      kind: "alterPartition",
      requestId: requestId ?? 0,
      partitions: (partitions ?? []).map(proposalFromWire),
    };
  }
  if (message.ping) return { kind: "ping", id: message.ping.id ?? 0 };
  if (message.hello) {
    const { brokerId, brokerEpoch, incarnation } = message.hello;
    return {
      kind: "hello",
      brokerId: brokerId ?? 0,
      brokerEpoch: asBigInt(brokerEpoch),
      incarnation: incarnation ?? "",
    };
  }
  if (message.goodbye) return { kind: "goodbye", reason: message.goodbye.reason ?? "" };
  throw new MalformedMessage("a broker's message of no known kind");
}

function controllerMessageToWire(message: ControllerToBroker | Goodbye): v1.ControllerMessage.$Properties {
  switch (message.kind) {
    case "welcome": {
      const { controllerId, controllerEpoch, incarnation } = message;
      return { welcome: { controllerId, controllerEpoch, incarnation } };
    }
    case "refused": {
      const { error, controllerId, controllerEpoch } = message;
      return { refused: { error, controllerId, controllerEpoch } };
    }
    case "command":
      return { command: commandToWire(message) };
    case "alterPartitionReply": {
      const { requestId, error, controllerEpoch, partitions } = message;
      return {
        alterPartitionReply: { requestId, error, controllerEpoch, partitions: partitions.map(outcomeToWire) },
      };
    }
    case "pong":
      return { pong: { id: message.id, controllerEpoch: message.controllerEpoch } };
    case "withoutZooKeeper":
      return { withoutZookeeper: { sinceMs: message.sinceMs } };
    case "goodbye":
      return { goodbye: { reason: message.reason } };
  }
}

function controllerMessageFromWire(message: v1.ControllerMessage.$Properties): ControllerToBroker | Goodbye {
  if (message.command) return commandFromWire(message.command);
  if (message.alterPartitionReply) return alterPartitionReplyFromWire(message.alterPartitionReply);
  if (message.pong)
    return { kind: "pong", id: message.pong.id ?? 0, controllerEpoch: message.pong.controllerEpoch ?? 0 };
  if (message.withoutZookeeper)
    return { kind: "withoutZooKeeper", sinceMs: asNumber(message.withoutZookeeper.sinceMs) };
  if (message.welcome) {
    const { controllerId, controllerEpoch, incarnation } = message.welcome;
    return {
      kind: "welcome",
      controllerId: controllerId ?? 0,
      controllerEpoch: controllerEpoch ?? 0,
      incarnation: incarnation ?? "",
    };
  }
  if (message.refused) {
    const { error, controllerId, controllerEpoch } = message.refused;
    return {
      kind: "refused",
      error: named(SESSION_REFUSALS, error, "NOT_CONTROLLER"),
      controllerId: controllerId ?? 0,
      controllerEpoch: controllerEpoch ?? 0,
    };
  }
  if (message.goodbye) return { kind: "goodbye", reason: message.goodbye.reason ?? "" };
  throw new MalformedMessage("a controller's message of no known kind");
}

function commandToWire({ id, command }: CommandMessage): v1.Command.$Properties {
  const header = {
    id,
    controllerId: command.controllerId,
    controllerEpoch: command.controllerEpoch,
    brokerEpoch: fromBigInt(command.brokerEpoch),
  };
  switch (command.kind) {
    case "leaderAndIsr":
      return {
        ...header,
        leaderAndIsr: {
          partitions: command.partitions.map(assignmentToWire),
          liveLeaders: command.liveLeaders.map(brokerToWire),
          full: command.full,
          tailSettled: command.tailSettled,
        },
      };
    case "updateMetadata":
      return {
        ...header,
        updateMetadata: {
          brokers: command.brokers.map(brokerToWire),
          partitions: command.partitions.map(metadataToWire),
          full: command.full,
        },
      };
    case "stopReplica":
      return { ...header, stopReplica: { partitions: list(command.partitions) } };
  }
}

function commandFromWire(command: v1.Command.$Properties): CommandMessage {
  const header = {
    controllerId: command.controllerId ?? 0,
    controllerEpoch: command.controllerEpoch ?? 0,
    brokerEpoch: asBigInt(command.brokerEpoch),
  };
  return { kind: "command", id: command.id ?? 0, command: { ...header, ...commandBodyFromWire(command) } };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type BodyAlone = DistributiveOmit<CommandBody, "controllerId" | "controllerEpoch" | "brokerEpoch">;

function commandBodyFromWire(command: v1.Command.$Properties): BodyAlone {
  if (command.leaderAndIsr) {
    const { partitions, liveLeaders, full, tailSettled } = command.leaderAndIsr;
    return {
      kind: "leaderAndIsr",
      partitions: (partitions ?? []).map(assignmentFromWire),
      liveLeaders: (liveLeaders ?? []).map(brokerFromWire),
      full: full ?? false,
      tailSettled: tailSettled ?? false,
    };
  }
  if (command.updateMetadata) {
    const { brokers, partitions, full } = command.updateMetadata;
    return {
      kind: "updateMetadata",
      brokers: (brokers ?? []).map(brokerFromWire),
      partitions: (partitions ?? []).map(metadataFromWire),
      full: full ?? false,
    };
  }
  if (command.stopReplica)
    return { kind: "stopReplica", partitions: (command.stopReplica.partitions ?? []).map(stoppedFromWire) };
  throw new MalformedMessage("a command of no known kind");
}

function assignmentToWire(partition: PartitionAssignment): v1.PartitionAssignment.$Properties {
  return {
    ...partition,
    isr: list(partition.isr),
    replicas: list(partition.replicas),
    addingReplicas: list(partition.addingReplicas),
    removingReplicas: list(partition.removingReplicas),
  };
}

function assignmentFromWire(partition: v1.PartitionAssignment.$Properties): PartitionAssignment {
  return {
    topic: partition.topic ?? "",
    topicId: partition.topicId ?? "",
    partition: partition.partition ?? 0,
    leader: partition.leader ?? 0,
    leaderEpoch: partition.leaderEpoch ?? 0,
    isr: partition.isr ?? [],
    partitionEpoch: partition.partitionEpoch ?? 0,
    controllerEpoch: partition.controllerEpoch ?? 0,
    replicas: partition.replicas ?? [],
    addingReplicas: partition.addingReplicas ?? [],
    removingReplicas: partition.removingReplicas ?? [],
    isNew: partition.isNew ?? false,
    recovering: partition.recovering ?? false,
  };
}

function metadataToWire(partition: PartitionMetadata): v1.PartitionMetadata.$Properties {
  return {
    ...partition,
    isr: list(partition.isr),
    replicas: list(partition.replicas),
    offlineReplicas: list(partition.offlineReplicas),
  };
}

function metadataFromWire(partition: v1.PartitionMetadata.$Properties): PartitionMetadata {
  return {
    topic: partition.topic ?? "",
    topicId: partition.topicId ?? "",
    partition: partition.partition ?? 0,
    leader: partition.leader ?? 0,
    leaderEpoch: partition.leaderEpoch ?? 0,
    isr: partition.isr ?? [],
    partitionEpoch: partition.partitionEpoch ?? 0,
    replicas: partition.replicas ?? [],
    offlineReplicas: partition.offlineReplicas ?? [],
  };
}

function stoppedFromWire(partition: v1.StoppedReplica.$Properties): StoppedReplica {
  return {
    topic: partition.topic ?? "",
    topicId: partition.topicId ?? "",
    partition: partition.partition ?? 0,
    leaderEpoch: partition.leaderEpoch ?? 0,
    deleteLog: partition.deleteLog ?? false,
  };
}

function brokerToWire({ epoch, endpoints, ...broker }: BrokerInfo): v1.BrokerInfo.$Properties {
  return { ...broker, epoch: fromBigInt(epoch), endpoints: list(endpoints) };
}

function brokerFromWire({ id, epoch, endpoints, rack, rpc, incarnation }: v1.BrokerInfo.$Properties): BrokerInfo {
  return {
    id: id ?? 0,
    epoch: asBigInt(epoch),
    endpoints: (endpoints ?? []).map((endpoint) => ({
      listenerName: endpoint.listenerName ?? "",
      host: endpoint.host ?? "",
      port: endpoint.port ?? 0,
      securityProtocol: endpoint.securityProtocol ?? "",
    })),
    rack: rack ?? null,
    rpc: rpc ?? null,
    incarnation: incarnation ?? null,
  };
}

function proposalToWire({ isr, ...proposal }: IsrProposal): v1.IsrProposal.$Properties {
  return {
    ...proposal,
    isr: isr.map(({ brokerId, brokerEpoch }) => ({ brokerId, brokerEpoch: fromBigInt(brokerEpoch) })),
  };
}

function proposalFromWire(proposal: v1.IsrProposal.$Properties): IsrProposal {
  return {
    topic: proposal.topic ?? "",
    topicId: proposal.topicId ?? "",
    partition: proposal.partition ?? 0,
    leaderEpoch: proposal.leaderEpoch ?? 0,
    partitionEpoch: proposal.partitionEpoch ?? 0,
    isr: (proposal.isr ?? []).map(({ brokerId, brokerEpoch }) => ({
      brokerId: brokerId ?? 0,
      brokerEpoch: asBigInt(brokerEpoch),
    })),
    recovering: proposal.recovering ?? false,
  };
}

function outcomeToWire(outcome: IsrProposalOutcome): v1.IsrProposalOutcome.$Properties {
  return { ...outcome, isr: list(outcome.isr) };
}

function alterPartitionReplyFromWire(reply: v1.AlterPartitionReply.$Properties): AlterPartitionReplyMessage {
  return {
    kind: "alterPartitionReply",
    requestId: reply.requestId ?? 0,
    error: named(ALTER_PARTITION_ERRORS, reply.error, "UNKNOWN_SERVER_ERROR"),
    controllerEpoch: reply.controllerEpoch ?? 0,
    partitions: (reply.partitions ?? []).map((outcome) => ({
      topic: outcome.topic ?? "",
      topicId: outcome.topicId ?? "",
      partition: outcome.partition ?? 0,
      error: named(ISR_PROPOSAL_ERRORS, outcome.error, "UNKNOWN_SERVER_ERROR"),
      leader: outcome.leader ?? 0,
      leaderEpoch: outcome.leaderEpoch ?? 0,
      isr: outcome.isr ?? [],
      partitionEpoch: outcome.partitionEpoch ?? 0,
      recovering: outcome.recovering ?? false,
    })),
  };
}

const SESSION_REFUSALS: Names<SessionRefusal["error"]> = {
  NOT_CONTROLLER: true,
  STALE_BROKER_EPOCH: true,
  BROKER_NOT_AVAILABLE: true,
};

const COMMAND_ERRORS: Names<CommandError> = {
  NONE: true,
  STALE_CONTROLLER_EPOCH: true,
  STALE_BROKER_EPOCH: true,
  UNKNOWN_SERVER_ERROR: true,
};

const COMMAND_PARTITION_ERRORS: Names<CommandPartitionError["error"]> = {
  FENCED_LEADER_EPOCH: true,
  STALE_CONTROLLER_EPOCH: true,
  KAFKA_STORAGE_ERROR: true,
  INCONSISTENT_TOPIC_ID: true,
  UNKNOWN_TOPIC_OR_PARTITION: true,
  UNKNOWN_SERVER_ERROR: true,
};

const ALTER_PARTITION_ERRORS: Names<AlterPartitionReplyMessage["error"]> = {
  NONE: true,
  NOT_CONTROLLER: true,
  STALE_BROKER_EPOCH: true,
  UNKNOWN_SERVER_ERROR: true,
};

const ISR_PROPOSAL_ERRORS: Names<IsrProposalError> = {
  NONE: true,
  FENCED_LEADER_EPOCH: true,
  INVALID_UPDATE_VERSION: true,
  INELIGIBLE_REPLICA: true,
  INVALID_REQUEST: true,
  NEW_LEADER_ELECTED: true,
  NOT_CONTROLLER: true,
  OPERATION_NOT_ATTEMPTED: true,
  UNKNOWN_TOPIC_ID: true,
  UNKNOWN_TOPIC_OR_PARTITION: true,
  UNKNOWN_SERVER_ERROR: true,
};
