import type { Coordination } from "@ottla/coordination";
import type { Clock, Logger } from "@ottla/runtime";

/** What a set of dynamic configs belongs to. The cluster-wide default of brokers is `{ type: "brokers", name: "<default>" }`. */
export interface ConfigEntity {
  readonly type: "topics" | "brokers";
  readonly name: string;
}

/** Overrides by name. */
export type ConfigOverrides = Readonly<Record<string, string>>;

/** Told after a change, and once for every change notification already there at start. */
export type ConfigListener = (entity: ConfigEntity, configs: ConfigOverrides) => void;

/** The dynamic configs that ZooKeeper holds under /config, and the news of their changes. Works on any broker. */
export class ConfigStore {
  static start(
    _options: { readonly coordination: Coordination; readonly clock: Clock; readonly logger: Logger },
    _listener: ConfigListener,
    _signal: AbortSignal,
  ): Promise<ConfigStore> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Overrides of an entity; empty when it has none. */
  read(_entity: ConfigEntity): Promise<ConfigOverrides> {
    return Promise.reject(new Error("not built yet"));
  }

  /** Overrides of every entity of a type. */
  readAll(_type: ConfigEntity["type"]): Promise<ReadonlyMap<string, ConfigOverrides>> {
    return Promise.reject(new Error("not built yet"));
  }

  /**
   * Replaces an entity's overrides with what `change` makes of them, then notifies every broker.
   *
   * @param change is called again when somebody else wrote meanwhile; returning null leaves everything as it is
   */
  alter(_entity: ConfigEntity, _change: (current: ConfigOverrides) => ConfigOverrides | null): Promise<void> {
    return Promise.reject(new Error("not built yet"));
  }

  async close(): Promise<void> {}
}
