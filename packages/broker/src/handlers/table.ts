import { alterConfigsHandler, incrementalAlterConfigsHandler } from "./alter-configs";
import { alterPartitionReassignmentsHandler } from "./alter-partition-reassignments";
import { alterReplicaLogDirsHandler } from "./alter-replica-log-dirs";
import { apiVersionsHandler } from "./api-versions";
import { createPartitionsHandler } from "./create-partitions";
import { createTopicsHandler } from "./create-topics";
import { deleteGroupsHandler } from "./delete-groups";
import { deleteRecordsHandler } from "./delete-records";
import { deleteTopicsHandler } from "./delete-topics";
import { describeClusterHandler } from "./describe-cluster";
import { describeConfigsHandler } from "./describe-configs";
import { describeGroupsHandler } from "./describe-groups";
import { describeLogDirsHandler } from "./describe-log-dirs";
import { describeProducersHandler } from "./describe-producers";
import { electLeadersHandler } from "./elect-leaders";
import { fetchHandler } from "./fetch";
import { findCoordinatorHandler } from "./find-coordinator";
import type { Handler } from "./handler";
import { heartbeatHandler } from "./heartbeat";
import { initProducerIdHandler } from "./init-producer-id";
import { joinGroupHandler } from "./join-group";
import { leaveGroupHandler } from "./leave-group";
import { listGroupsHandler } from "./list-groups";
import { listOffsetsHandler } from "./list-offsets";
import { listPartitionReassignmentsHandler } from "./list-partition-reassignments";
import { metadataHandler } from "./metadata";
import { offsetCommitHandler } from "./offset-commit";
import { offsetDeleteHandler } from "./offset-delete";
import { offsetFetchHandler } from "./offset-fetch";
import { offsetForLeaderEpochHandler } from "./offset-for-leader-epoch";
import { produceHandler } from "./produce";
import { syncGroupHandler } from "./sync-group";

const served: readonly Handler[] = [
  alterConfigsHandler,
  alterPartitionReassignmentsHandler,
  alterReplicaLogDirsHandler,
  createPartitionsHandler,
  createTopicsHandler,
  deleteGroupsHandler,
  deleteRecordsHandler,
  deleteTopicsHandler,
  describeClusterHandler,
  describeConfigsHandler,
  describeGroupsHandler,
  describeLogDirsHandler,
  describeProducersHandler,
  electLeadersHandler,
  fetchHandler,
  findCoordinatorHandler,
  heartbeatHandler,
  incrementalAlterConfigsHandler,
  initProducerIdHandler,
  joinGroupHandler,
  leaveGroupHandler,
  listGroupsHandler,
  listOffsetsHandler,
  listPartitionReassignmentsHandler,
  metadataHandler,
  offsetCommitHandler,
  offsetDeleteHandler,
  offsetFetchHandler,
  offsetForLeaderEpochHandler,
  produceHandler,
  syncGroupHandler,
];

/** Every API this broker serves. What is not in here is not advertised, and a request for it closes the connection. */
export const handlers: readonly Handler[] = [...served, apiVersionsHandler(() => handlers)];
