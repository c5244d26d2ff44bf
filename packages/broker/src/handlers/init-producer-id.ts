import { type ErrorName, type InitProducerIdResponseInput, initProducerId } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/**
 * Gives an idempotent producer an id of its own, with epoch 0.
 *
 * A transactional id is refused with an error that clients do not retry, until there are transactions.
 */
export const initProducerIdHandler: Handler<typeof initProducerId> = handles(
  initProducerId,
  [0, 5],
  async (request, { services, signal }) => {
    const { transactionalId, producerId, producerEpoch } = request;
    if (transactionalId === "") return failed("INVALID_REQUEST");
    if (transactionalId !== null) return failed("TRANSACTIONAL_ID_AUTHORIZATION_FAILED");
    if ((producerId === -1n) !== (producerEpoch === -1)) return failed("INVALID_REQUEST");
    const outcome = await services.producerIds.next(signal);
    if (outcome.error !== "NONE") return failed(outcome.error);
    return { throttleTimeMs: 0, errorCode: "NONE", producerId: outcome.producerId, producerEpoch: 0 };
  },
);

function failed(errorCode: ErrorName): InitProducerIdResponseInput {
  return { throttleTimeMs: 0, errorCode, producerId: -1n, producerEpoch: -1 };
}
