/** What the protocol says about one of its errors. */
export interface ProtocolError {
  /** The int16 on the wire. */
  readonly code: number;
  /** Whether Java's clients try again; NONE and fatal errors are not. */
  readonly retriable: boolean;
  /** Whether they refresh their metadata before they do. */
  readonly refreshMetadata: boolean;
  readonly message: string;
}

/** Kafka's errors, by the names we know them by. Code 99 was never released. */
export const errors = {
  UNKNOWN_SERVER_ERROR: {
    code: -1,
    retriable: false,
    refreshMetadata: false,
    message: "Unexpected broker failure; client gives up or retries at its discretion",
  },
  NONE: { code: 0, retriable: false, refreshMetadata: false, message: "Success" },
  OFFSET_OUT_OF_RANGE: {
    code: 1,
    retriable: false,
    refreshMetadata: false,
    message:
      "Fetch offset < log start or > allowed end (LEO; HW/LSO upper bound is not an error). Consumer resets per auto.offset.reset",
  },
  CORRUPT_MESSAGE: {
    code: 2,
    retriable: true,
    refreshMetadata: false,
    message: "CRC mismatch, size < minimum, or malformed batch",
  },
  UNKNOWN_TOPIC_OR_PARTITION: {
    code: 3,
    retriable: true,
    refreshMetadata: true,
    message: "Topic or partition unknown here (or not authorized to know)",
  },
  INVALID_FETCH_SIZE: { code: 4, retriable: false, refreshMetadata: false, message: "Fetch size invalid" },
  LEADER_NOT_AVAILABLE: {
    code: 5,
    retriable: true,
    refreshMetadata: true,
    message: "No leader now (election running, topic just created). Metadata partition/topic error",
  },
  NOT_LEADER_OR_FOLLOWER: {
    code: 6,
    retriable: true,
    refreshMetadata: true,
    message: "This broker is not leader (or not a replica) of the partition. Refresh metadata",
  },
  REQUEST_TIMED_OUT: {
    code: 7,
    retriable: true,
    refreshMetadata: false,
    message: "Request waited longer than its timeout (acks=all not reached, controller op unfinished)",
  },
  BROKER_NOT_AVAILABLE: {
    code: 8,
    retriable: false,
    refreshMetadata: false,
    message: "Broker not alive (rare, ControlledShutdown of an unknown broker)",
  },
  REPLICA_NOT_AVAILABLE: {
    code: 9,
    retriable: true,
    refreshMetadata: true,
    message: "A replica is missing; clients must ignore it in Metadata",
  },
  MESSAGE_TOO_LARGE: {
    code: 10,
    retriable: false,
    refreshMetadata: false,
    message: "Batch larger than max.message.bytes. Producer splits batch or fails the record",
  },
  STALE_CONTROLLER_EPOCH: {
    code: 11,
    retriable: false,
    refreshMetadata: false,
    message: "Control request from an outdated controller",
  },
  OFFSET_METADATA_TOO_LARGE: {
    code: 12,
    retriable: false,
    refreshMetadata: false,
    message: "Commit metadata string > offset.metadata.max.bytes",
  },
  NETWORK_EXCEPTION: {
    code: 13,
    retriable: true,
    refreshMetadata: true,
    message: "Never sent by brokers; client-side mapping for a disconnect",
  },
  COORDINATOR_LOAD_IN_PROGRESS: {
    code: 14,
    retriable: true,
    refreshMetadata: false,
    message: "Coordinator is still loading the partition log",
  },
  COORDINATOR_NOT_AVAILABLE: {
    code: 15,
    retriable: true,
    refreshMetadata: false,
    message: "No coordinator available / internal topic not created / shutting down",
  },
  NOT_COORDINATOR: {
    code: 16,
    retriable: true,
    refreshMetadata: false,
    message: "This broker does not coordinate this group or transactional id",
  },
  INVALID_TOPIC_EXCEPTION: {
    code: 17,
    retriable: false,
    refreshMetadata: false,
    message: "Illegal topic name, or write to an internal topic",
  },
  RECORD_LIST_TOO_LARGE: {
    code: 18,
    retriable: false,
    refreshMetadata: false,
    message: "Record set larger than segment.bytes",
  },
  NOT_ENOUGH_REPLICAS: {
    code: 19,
    retriable: true,
    refreshMetadata: false,
    message: "acks=all and ISR size < min.insync.replicas before append; nothing written",
  },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: {
    code: 20,
    retriable: true,
    refreshMetadata: false,
    message: "Written, but ISR fell below min.insync.replicas before ack",
  },
  INVALID_REQUIRED_ACKS: { code: 21, retriable: false, refreshMetadata: false, message: "acks not in {-1,0,1}" },
  ILLEGAL_GENERATION: {
    code: 22,
    retriable: false,
    refreshMetadata: false,
    message: "Generation does not match the group's",
  },
  INCONSISTENT_GROUP_PROTOCOL: {
    code: 23,
    retriable: false,
    refreshMetadata: false,
    message: "Protocol type/name set incompatible with the group, or empty protocol list",
  },
  INVALID_GROUP_ID: {
    code: 24,
    retriable: false,
    refreshMetadata: false,
    message: "Empty or invalid group id for this API",
  },
  UNKNOWN_MEMBER_ID: {
    code: 25,
    retriable: false,
    refreshMetadata: false,
    message: "Member id not in group. Consumer resets member id and rejoins",
  },
  INVALID_SESSION_TIMEOUT: {
    code: 26,
    retriable: false,
    refreshMetadata: false,
    message: "session.timeout.ms outside group.min/max.session.timeout.ms",
  },
  REBALANCE_IN_PROGRESS: {
    code: 27,
    retriable: false,
    refreshMetadata: false,
    message: "Group is rebalancing; rejoin",
  },
  INVALID_COMMIT_OFFSET_SIZE: {
    code: 28,
    retriable: false,
    refreshMetadata: false,
    message: "Commit too large for the offsets topic record limit",
  },
  TOPIC_AUTHORIZATION_FAILED: { code: 29, retriable: false, refreshMetadata: false, message: "No ACL for the topic" },
  GROUP_AUTHORIZATION_FAILED: { code: 30, retriable: false, refreshMetadata: false, message: "No ACL for the group" },
  CLUSTER_AUTHORIZATION_FAILED: {
    code: 31,
    retriable: false,
    refreshMetadata: false,
    message: "No ACL for the cluster operation",
  },
  INVALID_TIMESTAMP: {
    code: 32,
    retriable: false,
    refreshMetadata: false,
    message: "Record timestamp outside message.timestamp.before/after.max.ms",
  },
  UNSUPPORTED_SASL_MECHANISM: {
    code: 33,
    retriable: false,
    refreshMetadata: false,
    message: "SASL mechanism not enabled, response lists enabled ones",
  },
  ILLEGAL_SASL_STATE: {
    code: 34,
    retriable: false,
    refreshMetadata: false,
    message: "Request not allowed in the current SASL state",
  },
  UNSUPPORTED_VERSION: {
    code: 35,
    retriable: false,
    refreshMetadata: false,
    message: "API version not supported (ApiVersions), or special value/feature not supported at this version",
  },
  TOPIC_ALREADY_EXISTS: {
    code: 36,
    retriable: false,
    refreshMetadata: false,
    message: "Topic exists (or is being deleted)",
  },
  INVALID_PARTITIONS: {
    code: 37,
    retriable: false,
    refreshMetadata: false,
    message: "Partition count <= 0, or not larger than current",
  },
  INVALID_REPLICATION_FACTOR: {
    code: 38,
    retriable: false,
    refreshMetadata: false,
    message: "Replication factor <= 0 or > live brokers",
  },
  INVALID_REPLICA_ASSIGNMENT: {
    code: 39,
    retriable: false,
    refreshMetadata: false,
    message: "Manual assignment invalid (duplicates, unknown brokers, gaps, empty)",
  },
  INVALID_CONFIG: { code: 40, retriable: false, refreshMetadata: false, message: "Config key/value invalid" },
  NOT_CONTROLLER: {
    code: 41,
    retriable: true,
    refreshMetadata: false,
    message: "Admin request sent to a non-controller. Refresh metadata, retry",
  },
  INVALID_REQUEST: {
    code: 42,
    retriable: false,
    refreshMetadata: false,
    message: "Malformed or contradictory request",
  },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: {
    code: 43,
    retriable: false,
    refreshMetadata: false,
    message: "Log message format too old for the request",
  },
  POLICY_VIOLATION: {
    code: 44,
    retriable: false,
    refreshMetadata: false,
    message: "Rejected by a topic/config policy, or DeleteRecords on a topic without delete policy",
  },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    code: 45,
    retriable: false,
    refreshMetadata: false,
    message: "Sequence gap for (producer id, epoch, partition)",
  },
  DUPLICATE_SEQUENCE_NUMBER: {
    code: 46,
    retriable: false,
    refreshMetadata: false,
    message: "Batch duplicates one already appended, too old to return its offset. Clients treat as success",
  },
  INVALID_PRODUCER_EPOCH: {
    code: 47,
    retriable: false,
    refreshMetadata: false,
    message: "Producer epoch older than the one known to the partition leader / coordinator (old APIs)",
  },
  INVALID_TXN_STATE: {
    code: 48,
    retriable: false,
    refreshMetadata: false,
    message: "Operation illegal in the transaction's state, or transactional record outside a transaction",
  },
  INVALID_PRODUCER_ID_MAPPING: {
    code: 49,
    retriable: false,
    refreshMetadata: false,
    message: "Producer id does not belong to that transactional id",
  },
  INVALID_TRANSACTION_TIMEOUT: {
    code: 50,
    retriable: false,
    refreshMetadata: false,
    message: "transaction.timeout.ms > transaction.max.timeout.ms or <= 0",
  },
  CONCURRENT_TRANSACTIONS: {
    code: 51,
    retriable: true,
    refreshMetadata: false,
    message: "Another transition of this transactional id is in progress; retry after backoff",
  },
  TRANSACTION_COORDINATOR_FENCED: {
    code: 52,
    retriable: false,
    refreshMetadata: false,
    message: "WriteTxnMarkers from an outdated coordinator epoch",
  },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    code: 53,
    retriable: false,
    refreshMetadata: false,
    message: "No ACL for the transactional id",
  },
  SECURITY_DISABLED: {
    code: 54,
    retriable: false,
    refreshMetadata: false,
    message: "No authorizer configured (ACL APIs)",
  },
  OPERATION_NOT_ATTEMPTED: {
    code: 55,
    retriable: false,
    refreshMetadata: false,
    message: "Skipped because another item of the batch failed",
  },
  KAFKA_STORAGE_ERROR: {
    code: 56,
    retriable: true,
    refreshMetadata: true,
    message: "Log directory offline / disk error",
  },
  LOG_DIR_NOT_FOUND: {
    code: 57,
    retriable: false,
    refreshMetadata: false,
    message: "AlterReplicaLogDirs target not configured",
  },
  SASL_AUTHENTICATION_FAILED: {
    code: 58,
    retriable: false,
    refreshMetadata: false,
    message: "Authentication failed; error_message may tell why; connection closes",
  },
  UNKNOWN_PRODUCER_ID: {
    code: 59,
    retriable: false,
    refreshMetadata: false,
    message: "Leader has no state for this producer id (since 2.4 brokers do not return it for produce)",
  },
  REASSIGNMENT_IN_PROGRESS: {
    code: 60,
    retriable: false,
    refreshMetadata: false,
    message: "Reassignment already running",
  },
  DELEGATION_TOKEN_AUTH_DISABLED: {
    code: 61,
    retriable: false,
    refreshMetadata: false,
    message: "Delegation tokens disabled",
  },
  DELEGATION_TOKEN_NOT_FOUND: { code: 62, retriable: false, refreshMetadata: false, message: "Token unknown" },
  DELEGATION_TOKEN_OWNER_MISMATCH: {
    code: 63,
    retriable: false,
    refreshMetadata: false,
    message: "Token owned by someone else",
  },
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: {
    code: 64,
    retriable: false,
    refreshMetadata: false,
    message: "Token request over a non-authenticated or token-authenticated channel",
  },
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: {
    code: 65,
    retriable: false,
    refreshMetadata: false,
    message: "Token operation not authorized",
  },
  DELEGATION_TOKEN_EXPIRED: { code: 66, retriable: false, refreshMetadata: false, message: "Token expired" },
  INVALID_PRINCIPAL_TYPE: { code: 67, retriable: false, refreshMetadata: false, message: "Principal type not 'User'" },
  NON_EMPTY_GROUP: { code: 68, retriable: false, refreshMetadata: false, message: "DeleteGroups: group has members" },
  GROUP_ID_NOT_FOUND: { code: 69, retriable: false, refreshMetadata: false, message: "Group does not exist" },
  FETCH_SESSION_ID_NOT_FOUND: {
    code: 70,
    retriable: true,
    refreshMetadata: false,
    message: "Fetch session id unknown (evicted/restarted). Client starts a full fetch",
  },
  INVALID_FETCH_SESSION_EPOCH: {
    code: 71,
    retriable: true,
    refreshMetadata: false,
    message: "Fetch session epoch not the expected next. Client starts a full fetch",
  },
  LISTENER_NOT_FOUND: {
    code: 72,
    retriable: true,
    refreshMetadata: true,
    message: "Leader has no listener matching the request's listener",
  },
  TOPIC_DELETION_DISABLED: { code: 73, retriable: false, refreshMetadata: false, message: "delete.topic.enable=false" },
  FENCED_LEADER_EPOCH: {
    code: 74,
    retriable: true,
    refreshMetadata: true,
    message: "Client's leader epoch < leader's epoch. Refresh metadata",
  },
  UNKNOWN_LEADER_EPOCH: {
    code: 75,
    retriable: true,
    refreshMetadata: false,
    message: "Client's leader epoch > this broker's epoch. Retry after backoff",
  },
  UNSUPPORTED_COMPRESSION_TYPE: {
    code: 76,
    retriable: false,
    refreshMetadata: false,
    message: "Codec not allowed for this API version (zstd) or unknown",
  },
  STALE_BROKER_EPOCH: {
    code: 77,
    retriable: false,
    refreshMetadata: false,
    message: "Broker epoch in the request is not the registered one",
  },
  OFFSET_NOT_AVAILABLE: {
    code: 78,
    retriable: true,
    refreshMetadata: false,
    message: "HW not yet caught up to epoch start after an election; ListOffsets v5+ (v<5: 5)",
  },
  MEMBER_ID_REQUIRED: {
    code: 79,
    retriable: false,
    refreshMetadata: false,
    message: "First JoinGroup v4+: rejoin with the returned member id",
  },
  PREFERRED_LEADER_NOT_AVAILABLE: {
    code: 80,
    retriable: true,
    refreshMetadata: true,
    message: "Preferred leader not alive or not in ISR",
  },
  GROUP_MAX_SIZE_REACHED: { code: 81, retriable: false, refreshMetadata: false, message: "group.max.size reached" },
  FENCED_INSTANCE_ID: {
    code: 82,
    retriable: false,
    refreshMetadata: false,
    message: "group.instance.id is now owned by another member id. Fatal for the instance",
  },
  ELIGIBLE_LEADERS_NOT_AVAILABLE: {
    code: 83,
    retriable: true,
    refreshMetadata: true,
    message: "No eligible replica (unclean election requested/needed)",
  },
  ELECTION_NOT_NEEDED: {
    code: 84,
    retriable: true,
    refreshMetadata: true,
    message: "Leader already is the wanted one",
  },
  NO_REASSIGNMENT_IN_PROGRESS: {
    code: 85,
    retriable: false,
    refreshMetadata: false,
    message: "Nothing to cancel for this partition",
  },
  GROUP_SUBSCRIBED_TO_TOPIC: {
    code: 86,
    retriable: false,
    refreshMetadata: false,
    message: "OffsetDelete: a member is subscribed to the topic",
  },
  INVALID_RECORD: {
    code: 87,
    retriable: false,
    refreshMetadata: false,
    message:
      "Record broke a broker rule (null key in compacted topic, wrong magic, bad count, control record from client)",
  },
  UNSTABLE_OFFSET_COMMIT: {
    code: 88,
    retriable: true,
    refreshMetadata: false,
    message: "OffsetFetch require_stable with pending transactional commits",
  },
  THROTTLING_QUOTA_EXCEEDED: {
    code: 89,
    retriable: true,
    refreshMetadata: false,
    message: "Controller mutation quota exceeded; retry after throttle_time_ms",
  },
  PRODUCER_FENCED: {
    code: 90,
    retriable: false,
    refreshMetadata: false,
    message: "A newer producer with the same transactional id exists. Fatal",
  },
  RESOURCE_NOT_FOUND: {
    code: 91,
    retriable: false,
    refreshMetadata: false,
    message: "Named resource (e.g. SCRAM user) absent",
  },
  DUPLICATE_RESOURCE: {
    code: 92,
    retriable: false,
    refreshMetadata: false,
    message: "Same resource twice in a request",
  },
  UNACCEPTABLE_CREDENTIAL: {
    code: 93,
    retriable: false,
    refreshMetadata: false,
    message: "Credential rejected (iterations, empty user)",
  },
  INCONSISTENT_VOTER_SET: { code: 94, retriable: false, refreshMetadata: false, message: "KRaft only" },
  INVALID_UPDATE_VERSION: {
    code: 95,
    retriable: false,
    refreshMetadata: false,
    message: "AlterPartition: partition epoch (zkVersion) stale",
  },
  FEATURE_UPDATE_FAILED: { code: 96, retriable: false, refreshMetadata: false, message: "Feature update failed" },
  PRINCIPAL_DESERIALIZATION_FAILURE: {
    code: 97,
    retriable: false,
    refreshMetadata: false,
    message: "Envelope principal could not be parsed",
  },
  SNAPSHOT_NOT_FOUND: { code: 98, retriable: false, refreshMetadata: false, message: "KRaft only" },
  UNKNOWN_TOPIC_ID: {
    code: 100,
    retriable: true,
    refreshMetadata: true,
    message: "Topic id unknown. Refresh metadata",
  },
  DUPLICATE_BROKER_REGISTRATION: {
    code: 101,
    retriable: false,
    refreshMetadata: false,
    message: "Broker id already registered",
  },
  BROKER_ID_NOT_REGISTERED: {
    code: 102,
    retriable: false,
    refreshMetadata: false,
    message: "Broker id not registered",
  },
  INCONSISTENT_TOPIC_ID: {
    code: 103,
    retriable: true,
    refreshMetadata: true,
    message: "Topic id in request differs from the log's",
  },
  INCONSISTENT_CLUSTER_ID: {
    code: 104,
    retriable: false,
    refreshMetadata: false,
    message: "cluster id in request differs",
  },
  TRANSACTIONAL_ID_NOT_FOUND: {
    code: 105,
    retriable: false,
    refreshMetadata: false,
    message: "DescribeTransactions: unknown transactional id",
  },
  FETCH_SESSION_TOPIC_ID_ERROR: {
    code: 106,
    retriable: true,
    refreshMetadata: false,
    message: "Fetch session mixes topic ids and names / version switch",
  },
  INELIGIBLE_REPLICA: {
    code: 107,
    retriable: false,
    refreshMetadata: false,
    message: "AlterPartition: proposed ISR contains a dead or shutting-down broker",
  },
  NEW_LEADER_ELECTED: {
    code: 108,
    retriable: false,
    refreshMetadata: false,
    message: "KRaft only: leader changed while completing the request",
  },
  OFFSET_MOVED_TO_TIERED_STORAGE: {
    code: 109,
    retriable: false,
    refreshMetadata: false,
    message: "Fetch v14+: offset only in remote storage (followers)",
  },
  FENCED_MEMBER_EPOCH: {
    code: 110,
    retriable: false,
    refreshMetadata: false,
    message: "KIP-848: member epoch fenced; rejoin with epoch 0",
  },
  UNRELEASED_INSTANCE_ID: {
    code: 111,
    retriable: false,
    refreshMetadata: false,
    message: "KIP-848: static member id still in use",
  },
  UNSUPPORTED_ASSIGNOR: { code: 112, retriable: false, refreshMetadata: false, message: "KIP-848: assignor unknown" },
  STALE_MEMBER_EPOCH: {
    code: 113,
    retriable: false,
    refreshMetadata: false,
    message: "KIP-848: member epoch older than the coordinator's",
  },
  MISMATCHED_ENDPOINT_TYPE: {
    code: 114,
    retriable: false,
    refreshMetadata: false,
    message: "DescribeCluster endpoint type does not match the node",
  },
  UNSUPPORTED_ENDPOINT_TYPE: {
    code: 115,
    retriable: false,
    refreshMetadata: false,
    message: "DescribeCluster endpoint type unknown",
  },
  UNKNOWN_CONTROLLER_ID: {
    code: 116,
    retriable: false,
    refreshMetadata: false,
    message: "KRaft: controller id unknown",
  },
  UNKNOWN_SUBSCRIPTION_ID: {
    code: 117,
    retriable: false,
    refreshMetadata: false,
    message: "Telemetry subscription id stale",
  },
  TELEMETRY_TOO_LARGE: { code: 118, retriable: false, refreshMetadata: false, message: "Telemetry payload too large" },
  INVALID_REGISTRATION: { code: 119, retriable: false, refreshMetadata: false, message: "KRaft registration invalid" },
  TRANSACTION_ABORTABLE: {
    code: 120,
    retriable: false,
    refreshMetadata: false,
    message: "Transaction must be aborted (KIP-890); returned only at the raised versions",
  },
  INVALID_RECORD_STATE: { code: 121, retriable: false, refreshMetadata: false, message: "Share groups" },
  SHARE_SESSION_NOT_FOUND: { code: 122, retriable: true, refreshMetadata: false, message: "Share groups" },
  INVALID_SHARE_SESSION_EPOCH: { code: 123, retriable: true, refreshMetadata: false, message: "Share groups" },
  FENCED_STATE_EPOCH: { code: 124, retriable: false, refreshMetadata: false, message: "Share groups" },
  INVALID_VOTER_KEY: { code: 125, retriable: false, refreshMetadata: false, message: "KRaft voters" },
  DUPLICATE_VOTER: { code: 126, retriable: false, refreshMetadata: false, message: "KRaft voters" },
  VOTER_NOT_FOUND: { code: 127, retriable: false, refreshMetadata: false, message: "KRaft voters" },
} as const satisfies Readonly<Record<string, ProtocolError>>;

export type ErrorName = keyof typeof errors;

/** The name of a code; a code that we do not know is UNKNOWN_SERVER_ERROR, as it is for Kafka's clients. */
export function errorNameOf(code: number): ErrorName {
  return NAME_BY_CODE.get(code) ?? "UNKNOWN_SERVER_ERROR";
}

/** The code of a name; undefined for a text that is no name of an error. */
export function errorCodeOf(name: ErrorName): number;
export function errorCodeOf(name: string): number | undefined;
export function errorCodeOf(name: string): number | undefined {
  return CODE_BY_NAME.get(name);
}

const NAME_BY_CODE: ReadonlyMap<number, ErrorName> = new Map(
  Object.entries(errors).map(([name, { code }]) => [code, name as ErrorName]),
);
const CODE_BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.entries(errors).map(([name, { code }]) => [name, code]),
);
