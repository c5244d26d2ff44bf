import type { ClusterClientOptions } from "@ottla/client";
import { nearestName } from "./nearest-name";
import { wholeNumber } from "./option-table";
import { UsageError } from "./usage-error";

/**
 * Client settings by Kafka's names. Every key that is read counts as known; what was set and never read is told at the end, so that a
 * mistyped one is noticed.
 */
export class ClientProperties {
  private readonly read = new Set<string>();

  /** @param layers the strongest first */
  constructor(private readonly layers: readonly ReadonlyMap<string, string>[]) {
    const protocol = this.get("security.protocol") ?? "PLAINTEXT";
    if (protocol.toUpperCase() !== "PLAINTEXT")
      throw new UsageError(
        `security.protocol=${protocol} is not supported: connections are PLAINTEXT, without TLS and SASL`,
      );
  }

  get(key: string): string | undefined {
    this.read.add(key);
    return this.layers.find((layer) => layer.has(key))?.get(key);
  }

  /** @throws UsageError */
  integer(key: string, min = 0): number | undefined {
    const text = this.get(key);
    return text === undefined ? undefined : wholeNumber(key, text, min);
  }

  /** @throws UsageError */
  boolean(key: string): boolean | undefined {
    const text = this.get(key)?.trim().toLowerCase();
    if (text === undefined || text === "true" || text === "false")
      return text === undefined ? undefined : text === "true";
    throw new UsageError(`${key} is true or false, not '${text}'`);
  }

  /** @throws UsageError */
  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text.toLowerCase());
    if (found === undefined) throw new UsageError(`${key} is one of ${allowed.join(", ")}, not '${text}'`);
    return found;
  }

  /** What concerns the connections of any client. */
  cluster(): Omit<ClusterClientOptions, "bootstrapServers"> {
    return {
      clientId: this.get("client.id"),
      requestTimeoutMs: this.integer("request.timeout.ms"),
      apiTimeoutMs: this.integer("default.api.timeout.ms"),
      connectTimeoutMs: this.integer("socket.connection.setup.timeout.ms"),
      metadataMaxAgeMs: this.integer("metadata.max.age.ms"),
      retryBackoffMs: this.integer("retry.backoff.ms"),
      retryBackoffMaxMs: this.integer("retry.backoff.max.ms"),
      reconnectBackoffMs: this.integer("reconnect.backoff.ms"),
      reconnectBackoffMaxMs: this.integer("reconnect.backoff.max.ms"),
      allowAutoTopicCreation: this.boolean("allow.auto.create.topics"),
    };
  }

  /** A line for each key that was set and has no effect. */
  unread(): string[] {
    const set = new Set(this.layers.flatMap((layer) => [...layer.keys()]));
    return [...set]
      .filter((key) => !this.read.has(key) && !HARMLESS.test(key))
      .map((key) => {
        const nearest = nearestName(key, this.read);
        return `${key} has no effect here${nearest === null ? "" : `; did you mean ${nearest}?`}`;
      });
  }
}

/** What Java's clients need and ours do without. */
const HARMLESS =
  /^(key|value)\.(de)?serializer$|^(interceptor|metric)|^(send|receive)\.buffer\.bytes$|^partitioner\.|^bootstrap\.servers$|^enable\.auto\.commit$/;
