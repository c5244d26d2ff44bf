import type { Clock, Logger } from "@ottla/runtime";
import { LimitedWarnings } from "../limited-warnings";

/** Says why connections are closed, but not of each that sends the same garbage. */
export class ConnectionLog {
  private readonly warnings: LimitedWarnings;

  constructor(clock: Clock, logger: Logger) {
    this.warnings = new LimitedWarnings(clock, logger);
  }

  /** @param cause one of a few: lines of the same cause count together */
  closed(cause: string, fields: Readonly<Record<string, unknown>>): void {
    this.warnings.warn(`connection closed: ${cause}`, fields);
  }
}
