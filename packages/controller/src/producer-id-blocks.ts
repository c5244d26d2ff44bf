import { CoordinationError, type Operation, producerIdBlock } from "@ottla/coordination";
import type { ProducerIdBlockOutcome } from "./requests";
import type { TermContext } from "./term-context";

const ATTEMPTS_MAX = 10;

/**
 * Takes the next block of producer ids for a broker.
 *
 * When the reply of the write is lost, what is there is read again and the block after it taken: a block may go to waste, but none is
 * ever handed out twice.
 */
export async function takeProducerIdBlock(term: TermContext, brokerId: number): Promise<ProducerIdBlockOutcome> {
  const { path, sizeOfBlock } = producerIdBlock;
  for (let attempt = 1; ; attempt++) {
    try {
      const node = await term.coordination.get(path);
      const last = producerIdBlock.decode(node?.data ?? null)?.last ?? -1n;
      const block = { brokerId, first: last + 1n, last: last + sizeOfBlock };
      const data = producerIdBlock.encode(block);
      const write: Operation =
        node === null
          ? { kind: "create", path, data }
          : { kind: "set", path, data, expectedVersion: node.stat.version };
      const outcome = await term.writes.multi([write]);
      if (outcome.done) return { error: "NONE", firstProducerId: block.first, length: Number(sizeOfBlock) };
    } catch (failure) {
      const unknown = failure instanceof CoordinationError && failure.code === "CONNECTION_LOSS";
      if (!unknown || attempt >= ATTEMPTS_MAX) throw failure;
    }
    if (attempt >= ATTEMPTS_MAX) return { error: "UNKNOWN_SERVER_ERROR" };
  }
}
