import type { ControlledShutdownOutcome, Controller, ProducerIdBlockOutcome } from "@ottla/controller";
import { explain, type Logger } from "@ottla/runtime";
import type { ClusterCalls } from "./cluster-calls";

/** How long the controller may take to answer before it is looked for anew. */
const CALL_MS = 5_000;

/** What this broker itself asks of the active controller, be it here or elsewhere. */
export class ActiveController {
  constructor(
    private readonly options: {
      readonly brokerId: number;
      readonly brokerEpoch: () => bigint;
      readonly controller: Pick<Controller, "isActive" | "controllerId" | "allocateProducerIds" | "controlledShutdown">;
      readonly calls: Pick<ClusterCalls, "peer">;
      readonly logger: Logger;
    },
  ) {}

  /** A block of producer ids for this broker. NOT_CONTROLLER also when the controller cannot be reached: the next producer asks again. */
  async allocateProducerIds(signal: AbortSignal): Promise<ProducerIdBlockOutcome> {
    const { brokerId, controller, logger } = this.options;
    const brokerEpoch = this.options.brokerEpoch();
    if (controller.isActive) return controller.allocateProducerIds(brokerId, brokerEpoch, signal);
    try {
      const peer = await this.options.calls.peer(controller.controllerId);
      const reply = await peer.allocateProducerIds({ brokerId, brokerEpoch }, { deadlineMs: CALL_MS, signal });
      const { error, firstProducerId, length } = reply;
      switch (error) {
        case "NONE":
          return { error, firstProducerId, length };
        case "NOT_CONTROLLER":
        case "STALE_BROKER_EPOCH":
        case "BROKER_NOT_AVAILABLE":
          return { error };
        default:
          return { error: "UNKNOWN_SERVER_ERROR" };
      }
    } catch (failure) {
      logger.info("no producer ids from the controller", { failure: explain(failure) });
      return { error: "NOT_CONTROLLER" };
    }
  }

  /** Asks once that leaderships move away from this broker. NOT_CONTROLLER also when the controller cannot be reached. */
  async controlledShutdown(signal: AbortSignal): Promise<ControlledShutdownOutcome> {
    const { brokerId, controller, logger } = this.options;
    const brokerEpoch = this.options.brokerEpoch();
    if (controller.isActive) return controller.controlledShutdown(brokerId, brokerEpoch, signal);
    try {
      const peer = await this.options.calls.peer(controller.controllerId);
      const reply = await peer.controlledShutdown({ brokerId, brokerEpoch }, { deadlineMs: CALL_MS, signal });
      const { error, remaining } = reply;
      if (error === "NONE") return { error, remaining: remaining.map((partition) => ({ topicId: "", ...partition })) };
      return { error: error === "INVALID_REQUEST" ? "UNKNOWN_SERVER_ERROR" : error };
    } catch (failure) {
      logger.info("the controller could not be asked to move leaderships", { failure: explain(failure) });
      return { error: "NOT_CONTROLLER" };
    }
  }
}
