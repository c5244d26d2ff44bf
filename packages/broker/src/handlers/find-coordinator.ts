import { type ErrorName, findCoordinator } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/**
 * Answers that there is no coordinator, in a way that clients do not retry: this broker has neither groups nor transactions yet.
 *
 * It is served all the same, since librdkafka takes a broker without it for one that cannot read lz4.
 */
export const findCoordinatorHandler: Handler<typeof findCoordinator> = handles(
  findCoordinator,
  [0, 6],
  (request, { header }) => {
    const { errorCode, errorMessage } = refusalOf(request.keyType);
    if (header.apiVersion < BATCHED_VERSION) {
      return { errorCode, errorMessage, nodeId: -1, host: "", port: -1, coordinators: [] };
    }
    const coordinators = request.coordinatorKeys.map((key) => ({
      key,
      nodeId: -1,
      host: "",
      port: -1,
      errorCode,
      errorMessage,
    }));
    return { errorCode: "NONE", errorMessage: null, nodeId: 0, host: "", port: 0, coordinators };
  },
);

function refusalOf(keyType: number): { readonly errorCode: ErrorName; readonly errorMessage: string } {
  switch (keyType) {
    case GROUP:
      return {
        errorCode: "GROUP_AUTHORIZATION_FAILED",
        errorMessage: "Consumer groups are not served by this broker.",
      };
    case TRANSACTION:
      return {
        errorCode: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
        errorMessage: "Transactions are not served by this broker.",
      };
    default:
      return { errorCode: "INVALID_REQUEST", errorMessage: `Unknown coordinator type ${keyType}.` };
  }
}

const GROUP = 0;
const TRANSACTION = 1;
const BATCHED_VERSION = 4;
