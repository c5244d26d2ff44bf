import type { ErrorName } from "@ottla/protocol";

/** What a client is told when its offsets could not be written: names it knows how to go on from. */
export function commitErrorOf(logError: ErrorName): ErrorName {
  return TOO_LARGE.has(logError) ? "INVALID_COMMIT_OFFSET_SIZE" : coordinatorErrorOf(logError);
}

/** What members are told when their group could not be written. */
export function groupErrorOf(logError: ErrorName): ErrorName {
  if (logError === "REQUEST_TIMED_OUT") return "REBALANCE_IN_PROGRESS";
  return TOO_LARGE.has(logError) ? "UNKNOWN_SERVER_ERROR" : coordinatorErrorOf(logError);
}

function coordinatorErrorOf(logError: ErrorName): ErrorName {
  switch (logError) {
    case "UNKNOWN_TOPIC_OR_PARTITION":
    case "NOT_ENOUGH_REPLICAS":
    case "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
      return "COORDINATOR_NOT_AVAILABLE";
    case "NOT_LEADER_OR_FOLLOWER":
    case "KAFKA_STORAGE_ERROR":
      return "NOT_COORDINATOR";
    default:
      return logError;
  }
}

const TOO_LARGE: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_FETCH_SIZE",
]);
