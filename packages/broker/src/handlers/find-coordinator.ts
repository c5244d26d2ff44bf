import { type ErrorName, findCoordinator } from "@ottla/protocol";
import { type Handler, handles, type RequestContext } from "./handler";

/**
 * Names the broker that coordinates a group, and has `__consumer_offsets` made when it is not there.
 *
 * For transactions it answers that there is no coordinator, in a way that clients do not retry: they are not served yet.
 */
export const findCoordinatorHandler: Handler<typeof findCoordinator> = handles(
  findCoordinator,
  [0, 6],
  async (request, context) => {
    const isBatched = context.header.apiVersion >= BATCHED_VERSION;
    const keys = isBatched ? request.coordinatorKeys : [request.key];
    if (request.keyType === GROUP && keys.length > 0) await context.services.offsetsTopic.ensure();
    const found = keys.map((key) => find(key, request.keyType, context));
    if (isBatched) {
      const coordinators = found.map((coordinator) => ({
        ...coordinator,
        // Kafka leaves the text of known errors out here.
        errorMessage: coordinator.errorMessage ?? "",
      }));
      return { errorCode: "NONE", errorMessage: null, nodeId: 0, host: "", port: 0, coordinators };
    }
    const [{ key: _key, ...coordinator } = nobody("", "INVALID_REQUEST")] = found;
    const errorMessage = coordinator.errorMessage ?? MESSAGES.get(coordinator.errorCode) ?? coordinator.errorCode;
    return { ...coordinator, errorMessage, coordinators: [] };
  },
);

interface Found {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: ErrorName;
  readonly errorMessage: string | null;
}

function find(key: string, keyType: number, { services, connection }: RequestContext): Found {
  if (keyType === TRANSACTION) {
    return nobody(key, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "Transactions are not served by this broker.");
  }
  if (keyType !== GROUP) return nobody(key, "INVALID_REQUEST", `Unknown coordinator type ${keyType}.`);
  const nodeId = services.offsetsTopic.coordinatorOf(key);
  const endpoint = services.metadata.endpointOf(nodeId, connection.listenerName);
  if (endpoint === undefined) return nobody(key, "COORDINATOR_NOT_AVAILABLE");
  return { key, nodeId, host: endpoint.host, port: endpoint.port, errorCode: "NONE", errorMessage: null };
}

function nobody(key: string, errorCode: ErrorName, errorMessage: string | null = null): Found {
  return { key, nodeId: -1, host: "", port: -1, errorCode, errorMessage };
}

const GROUP = 0;
const TRANSACTION = 1;
const BATCHED_VERSION = 4;
const MESSAGES: ReadonlyMap<ErrorName, string> = new Map<ErrorName, string>([
  ["COORDINATOR_NOT_AVAILABLE", "The coordinator is not available."],
]);
