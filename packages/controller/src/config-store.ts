import {
  type ConfigEntity as ConfigNodeEntity,
  type Coordination,
  CoordinationError,
  configChange,
  controller as controllerNode,
  entityConfig,
  MultiFailed,
  type NodeData,
  type Operation,
  ZnodeFormatError,
} from "@ottla/coordination";
import { type Clock, explain, type Logger, type Timer } from "@ottla/runtime";
import { EventQueue } from "./event-queue";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";

/** What a set of dynamic configs belongs to. The cluster-wide default of brokers is `{ type: "brokers", name: "<default>" }`. */
export interface ConfigEntity {
  readonly type: "topics" | "brokers";
  readonly name: string;
}

/** Overrides by name. */
export type ConfigOverrides = Readonly<Record<string, string>>;

/** Told after a change, and once for every change notification already there at start. */
export type ConfigListener = (entity: ConfigEntity, configs: ConfigOverrides) => void;

/** What a ConfigStore is made of. */
export interface ConfigStoreOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Name of the entity that holds the defaults of its type. */
export const DEFAULT_ENTITY = "<default>";

const ATTEMPTS_MAX = 20;
const AGAIN_MS = 500;

/** The dynamic configs that ZooKeeper holds under /config, and the news of their changes. Works on any broker. */
export class ConfigStore {
  private readonly news: EventQueue;
  /** Sequence number of the last notification told; those up to it are not told again. */
  private lastTold = -1;
  private stopWatching: (() => void) | null = null;
  private again: Timer | null = null;
  private closed = false;

  private constructor(
    private readonly options: ConfigStoreOptions,
    private readonly listener: ConfigListener,
  ) {
    this.news = new EventQueue((_, failure) => this.onFailure(failure));
  }

  /**
   * Begins to listen. Notifications that are there already are told before this resolves.
   *
   * @throws CoordinationError when the ensemble cannot be reached
   */
  static async start(options: ConfigStoreOptions, listener: ConfigListener, signal: AbortSignal): Promise<ConfigStore> {
    signal.throwIfAborted();
    const store = new ConfigStore(options, listener);
    try {
      await options.coordination.ensurePath(configChange.parent);
      store.stopWatching = await options.coordination.watchChildren(configChange.parent, () => store.readSoon());
      await store.news.ask("read notifications", () => store.readNotifications());
      signal.throwIfAborted();
      return store;
    } catch (failure) {
      await store.close();
      throw failure;
    }
  }

  /** Overrides of an entity; empty when it has none. */
  async read(entity: ConfigEntity): Promise<ConfigOverrides> {
    return overridesIn(entity, await this.options.coordination.get(pathOf(entity)));
  }

  /** Overrides of every entity of a type that has a node. */
  async readAll(type: ConfigEntity["type"]): Promise<ReadonlyMap<string, ConfigOverrides>> {
    const names = (await this.options.coordination.children(`/config/${type}`))?.names ?? [];
    const all = await inFlight(
      REQUESTS_IN_FLIGHT,
      names,
      async (name) => [name, await this.read({ type, name })] as const,
    );
    return new Map(all);
  }

  /**
   * Replaces an entity's overrides with what `change` makes of them, then notifies every broker, this one too.
   *
   * The write holds only if nobody else wrote meanwhile, and only under the controller that was seen. An entity that has lost its last
   * override keeps its node.
   *
   * @param change is called again when somebody else wrote meanwhile; returning null leaves everything as it is
   * @throws CoordinationError when the ensemble could not be asked, or others kept writing
   */
  async alter(entity: ConfigEntity, change: (current: ConfigOverrides) => ConfigOverrides | null): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const node = await this.options.coordination.get(pathOf(entity));
      const next = change(overridesIn(entity, node));
      if (next === null) return;
      if (!(await this.write(entity, node, next))) continue;
      await this.options.coordination.create(configChange.prefix, configChange.encode(nodeEntityOf(entity)), {
        sequential: true,
      });
      return;
    }
    throw new CoordinationError("BAD_VERSION", "alter configs", pathOf(entity), {
      detail: `others wrote each of ${ATTEMPTS_MAX} times`,
    });
  }

  /** Stops listening. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.again?.cancel();
    this.stopWatching?.();
    await this.news.idle();
  }

  /** @returns false when what was read is not what is there any more, or the outcome is unknown: read again */
  private async write(entity: ConfigEntity, node: NodeData | null, next: ConfigOverrides): Promise<boolean> {
    const { coordination } = this.options;
    const path = pathOf(entity);
    const data = entityConfig.encode(new Map(Object.entries(next)));
    try {
      if (node === null) {
        await coordination.create(path, data);
        return true;
      }
      const set: Operation = { kind: "set", path, data, expectedVersion: node.stat.version };
      const controller = await coordination.get(controllerNode.path);
      const check: Operation[] =
        controller === null
          ? []
          : [{ kind: "check", path: controllerNode.path, expectedVersion: controller.stat.version }];
      await coordination.multi([...check, set]);
      return true;
    } catch (failure) {
      if (failure instanceof MultiFailed) return false;
      if (!(failure instanceof CoordinationError)) throw failure;
      if (["NODE_EXISTS", "NO_NODE", "BAD_VERSION"].includes(failure.code)) return false;
      throw failure;
    }
  }

  private readSoon(): void {
    if (!this.closed) this.news.tell("read notifications", () => this.readNotifications());
  }

  private async readNotifications(): Promise<void> {
    if (this.closed) return;
    const { coordination } = this.options;
    const names = (await coordination.children(configChange.parent))?.names ?? [];
    const notifications = names
      .map((name) => ({ path: `${configChange.parent}/${name}`, sequence: configChange.sequenceOf(name) }))
      .filter((n): n is { path: string; sequence: number } => n.sequence !== null)
      .toSorted((a, b) => a.sequence - b.sequence);
    const nodes = await inFlight(REQUESTS_IN_FLIGHT, notifications, ({ path }) => coordination.get(path));
    for (const [index, { path, sequence }] of notifications.entries()) {
      const node = nodes[index] ?? null;
      // Another broker has purged it: it was old, and told to us long ago or read with everything else at start.
      if (node === null) continue;
      if (sequence > this.lastTold) {
        await this.tell(path, node);
        this.lastTold = sequence;
      }
      if (this.options.clock.nowMs() - node.stat.ctimeMs > configChange.expiryMs) await this.purge(path);
    }
  }

  private async tell(path: string, node: NodeData): Promise<void> {
    let entity: ConfigEntity | null;
    try {
      entity = ourEntityOf(configChange.decode(node.data, path));
    } catch (failure) {
      if (!(failure instanceof ZnodeFormatError)) throw failure;
      this.options.logger.warn("a config change notification cannot be understood", { failure: explain(failure) });
      return;
    }
    if (entity === null || this.closed) return;
    const configs = await this.readOrNull(entity);
    if (configs !== null && !this.closed) this.listener(entity, configs);
  }

  private async readOrNull(entity: ConfigEntity): Promise<ConfigOverrides | null> {
    try {
      return await this.read(entity);
    } catch (failure) {
      if (!(failure instanceof ZnodeFormatError)) throw failure;
      this.options.logger.error("configs cannot be understood, what was known stays", { failure: explain(failure) });
      return null;
    }
  }

  private async purge(path: string): Promise<void> {
    try {
      await this.options.coordination.remove(path, null);
    } catch (failure) {
      // Every broker purges; another one was first.
      if (!(failure instanceof CoordinationError) || failure.code !== "NO_NODE") throw failure;
    }
  }

  private onFailure(failure: unknown): void {
    if (!(failure instanceof CoordinationError)) throw failure;
    if (this.closed) return;
    this.options.logger.warn("config changes could not be read, trying again", { failure: explain(failure) });
    this.again?.cancel();
    this.again = this.options.clock.setTimer(AGAIN_MS, () => this.readSoon());
  }
}

function overridesIn(entity: ConfigEntity, node: NodeData | null): ConfigOverrides {
  return Object.fromEntries(entityConfig.decode(node?.data ?? null, pathOf(entity)));
}

function pathOf(entity: ConfigEntity): string {
  return entityConfig.path(nodeEntityOf(entity));
}

function nodeEntityOf({ type, name }: ConfigEntity): ConfigNodeEntity {
  if (type === "topics") return { kind: "topic", name };
  return { kind: "broker", brokerId: name === DEFAULT_ENTITY ? null : Number(name) };
}

/** Null for clients, users and addresses: nobody here has a use for them yet. */
function ourEntityOf(entity: ConfigNodeEntity): ConfigEntity | null {
  if (entity.kind === "topic") return { type: "topics", name: entity.name };
  if (entity.kind !== "broker") return null;
  return { type: "brokers", name: entity.brokerId === null ? DEFAULT_ENTITY : String(entity.brokerId) };
}
