import { alterConfigsHandler, incrementalAlterConfigsHandler } from "./alter-configs";
import { alterPartitionReassignmentsHandler } from "./alter-partition-reassignments";
import { apiVersionsHandler } from "./api-versions";
import { createPartitionsHandler } from "./create-partitions";
import { createTopicsHandler } from "./create-topics";
import { deleteRecordsHandler } from "./delete-records";
import { deleteTopicsHandler } from "./delete-topics";
import { describeClusterHandler } from "./describe-cluster";
import { describeConfigsHandler } from "./describe-configs";
import { describeLogDirsHandler } from "./describe-log-dirs";
import { describeProducersHandler } from "./describe-producers";
import { electLeadersHandler } from "./elect-leaders";
import { fetchHandler } from "./fetch";
import { findCoordinatorHandler } from "./find-coordinator";
import type { Handler } from "./handler";
import { initProducerIdHandler } from "./init-producer-id";
import { listOffsetsHandler } from "./list-offsets";
import { listPartitionReassignmentsHandler } from "./list-partition-reassignments";
import { metadataHandler } from "./metadata";
import { offsetForLeaderEpochHandler } from "./offset-for-leader-epoch";
import { produceHandler } from "./produce";

const served: readonly Handler[] = [
  alterConfigsHandler,
  alterPartitionReassignmentsHandler,
  createPartitionsHandler,
  createTopicsHandler,
  deleteRecordsHandler,
  deleteTopicsHandler,
  describeClusterHandler,
  describeConfigsHandler,
  describeLogDirsHandler,
  describeProducersHandler,
  electLeadersHandler,
  fetchHandler,
  findCoordinatorHandler,
  incrementalAlterConfigsHandler,
  initProducerIdHandler,
  listOffsetsHandler,
  listPartitionReassignmentsHandler,
  metadataHandler,
  offsetForLeaderEpochHandler,
  produceHandler,
];

/** Every API this broker serves. What is not in here is not advertised, and a request for it closes the connection. */
export const handlers: readonly Handler[] = [...served, apiVersionsHandler(() => handlers)];
