import { createPartitions } from "@ottla/protocol";
import { repeated } from "./duplicates";
import { type Handler, handles } from "./handler";

/** Raises the number of partitions of topics; the answer waits until the new ones have leaders. */
export const createPartitionsHandler: Handler<typeof createPartitions> = handles(
  createPartitions,
  [0, 3],
  async (request, { services, signal }) => {
    const twice = repeated(request.topics.map(({ name }) => name));
    const asked = request.topics.filter(({ name }) => !twice.has(name));
    const wanted = asked.map(({ name, count, assignments }) => ({
      name,
      count,
      assignments: assignments?.map(({ brokerIds }) => brokerIds) ?? null,
    }));
    const options = { timeoutMs: request.timeoutMs, validateOnly: request.validateOnly };
    const outcomes = wanted.length === 0 ? [] : await services.controller.createPartitions(wanted, options, signal);
    const results = outcomes.map(({ name, error, message }) => ({ name, errorCode: error, errorMessage: message }));
    const refused = [...twice].map((name) => ({
      name,
      errorCode: "INVALID_REQUEST" as const,
      errorMessage: "Duplicate topic in request.",
    }));
    return { throttleTimeMs: 0, results: [...results, ...refused] };
  },
);
