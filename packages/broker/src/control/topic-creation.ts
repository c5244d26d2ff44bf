import type { Controller, TopicCreation as TopicRequest } from "@ottla/controller";
import type { ErrorName } from "@ottla/protocol";
import { explain, type Logger } from "@ottla/runtime";

export interface CreationOutcome {
  readonly name: string;
  readonly error: ErrorName;
}

export interface TopicCreationOptions {
  readonly controller: Pick<Controller, "isActive" | "createTopics">;
  /** Asks the controller elsewhere. Rejects when it cannot be asked. */
  readonly forward: (topics: readonly TopicRequest[]) => Promise<readonly CreationOutcome[]>;
  /** Topics that are made otherwise than with the defaults: those that brokers write for themselves. */
  readonly requestFor?: (name: string) => TopicRequest | undefined;
  readonly logger: Logger;
}

/**
 * Makes topics with the defaults of the controller's broker, for clients that ask for what is not there: at the controller itself, or,
 * from any other broker, through it. Each topic is asked for once at a time, however many clients ask.
 */
export class TopicCreation {
  private readonly underWay = new Map<string, Promise<readonly CreationOutcome[]>>();

  constructor(private readonly options: TopicCreationOptions) {}

  /** Does not wait for leaders. Never rejects: a topic without an outcome could not be asked for. */
  async create(names: readonly string[]): Promise<ReadonlyMap<string, ErrorName>> {
    const fresh = names.filter((name) => !this.underWay.has(name));
    if (fresh.length > 0) {
      const asked = this.ask(fresh).finally(() => {
        for (const name of fresh) this.underWay.delete(name);
      });
      for (const name of fresh) this.underWay.set(name, asked);
    }
    const outcomes = await Promise.all(new Set(names.flatMap((name) => this.underWay.get(name) ?? [])));
    return new Map(outcomes.flat().map(({ name, error }) => [name, error]));
  }

  private async ask(names: readonly string[]): Promise<readonly CreationOutcome[]> {
    const { controller, forward, requestFor, logger } = this.options;
    const wanted = names.map((name) => requestFor?.(name) ?? withDefaults(name));
    try {
      if (!controller.isActive) return await forward(wanted);
      // Others may wait for the same topic, so no single client's leaving ends it.
      return await controller.createTopics(wanted, { timeoutMs: 0 }, new AbortController().signal);
    } catch (failure) {
      logger.info("topics could not be asked for", { topics: names.length, failure: explain(failure) });
      return [];
    }
  }
}

function withDefaults(name: string): TopicRequest {
  return { name, partitions: -1, replicationFactor: -1, assignments: [], configs: [] };
}
