import {
  type Coordination,
  type CoordinationErrorCode,
  controllerEpoch,
  MultiFailed,
  type Operation,
  type OperationResult,
} from "@ottla/coordination";
import { TermOver } from "./term-over";

/** What became of a fenced multi-write that the ensemble understood. `index` counts the caller's operations. */
export type FencedOutcome =
  | { readonly done: true; readonly results: readonly OperationResult[] }
  | { readonly done: false; readonly index: number; readonly code: CoordinationErrorCode };

/**
 * Writes of one controller's term. Each carries a check that `/controller_epoch` still has the version which this term's election made,
 * so that a controller that has been deposed, and does not know it yet, changes nothing.
 */
export class FencedWrites {
  /**
   * @param epochVersion data version of `/controller_epoch` in this term
   * @param signal aborted when the term ends
   * @param onMoved told, before anybody else, that the check has failed
   */
  constructor(
    private readonly coordination: Coordination,
    private readonly epochVersion: number,
    private readonly signal: AbortSignal,
    private readonly onMoved: () => void,
  ) {}

  /**
   * Performs all operations or none, and none when this term is over.
   *
   * @throws TermOver when the term has ended, here or in the ensemble
   * @throws CoordinationError CONNECTION_LOSS when the outcome is unknown
   */
  async multi(operations: readonly Operation[]): Promise<FencedOutcome> {
    this.stillInTerm();
    const check: Operation = { kind: "check", path: controllerEpoch.path, expectedVersion: this.epochVersion };
    try {
      const results = await this.coordination.multi([check, ...operations]);
      this.stillInTerm();
      return { done: true, results: results.slice(1) };
    } catch (failure) {
      if (!(failure instanceof MultiFailed)) throw failure;
      if (failure.index === 0) {
        this.onMoved();
        throw new TermOver("another controller has been elected", { cause: failure });
      }
      this.stillInTerm();
      return { done: false, index: failure.index - 1, code: failure.code };
    }
  }

  /** @throws TermOver when the term has ended */
  stillInTerm(): void {
    if (this.signal.aborted) throw new TermOver("the term as controller has ended", { cause: this.signal.reason });
  }
}
