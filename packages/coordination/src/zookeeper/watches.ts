import type { Logger } from "@ottla/runtime";
import { CoordinationError } from "../port";
import { asCoordinationError } from "./error-codes";
import type { HardenedClient } from "./hardened-client";

type Kind = "node" | "children";

/**
 * Watches that stay armed over one-shot ones that do not: each path and kind has one watch with the ensemble, however many listen.
 *
 * A watch that fired is armed again before its listeners are told, on the same connection, so that what they read is at least as new as
 * what the new watch starts from, and no change falls between. Watches die with the connection; `armAll` makes them anew on the next.
 */
export class Watches {
  private readonly watched = new Map<string, Watched>();

  constructor(
    private readonly options: {
      readonly absolute: (path: string) => string;
      readonly client: () => HardenedClient;
      readonly logger: Logger;
    },
  ) {}

  /**
   * Adds a listener.
   *
   * @param armed waits until the first watch on this path stands: `arm` sends it
   * @throws CoordinationError NO_NODE for the children of a node that is not there
   */
  async add(
    kind: Kind,
    path: string,
    listener: () => void,
    attempt: (arm: () => Promise<void>) => Promise<void>,
  ): Promise<() => void> {
    const key = `${kind} ${path}`;
    const watched = this.watched.get(key) ?? { kind, path, listeners: new Set(), armedOn: null, watcher: null };
    this.watched.set(key, watched);
    // Its own function, so that one listener added twice is told twice. Added first: the watch may fire as soon as it stands.
    const own = () => listener();
    watched.listeners.add(own);
    const end = () => {
      watched.listeners.delete(own);
      // The ensemble's watch stays until it fires once more; then there is nobody to arm it for.
      if (watched.listeners.size === 0 && this.watched.get(key) === watched) this.watched.delete(key);
    };
    try {
      if (!this.isArmed(watched)) await attempt(() => this.arm(watched));
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  /** A new connection, perhaps a new session: arms everything, then tells every listener, who may have missed any number of changes. */
  armAll(): void {
    for (const watched of this.watched.values()) {
      this.armAgain(watched);
      tell(watched);
    }
  }

  /** The connection that the watches stood on is gone. */
  forgetArmed(): void {
    for (const watched of this.watched.values()) watched.armedOn = null;
  }

  private isArmed({ armedOn }: Watched): boolean {
    return armedOn !== null && armedOn === this.options.client();
  }

  private onFired(watched: Watched, client: HardenedClient): void {
    if (client !== this.options.client()) return;
    watched.armedOn = null;
    if (watched.listeners.size === 0) return;
    this.armAgain(watched);
    tell(watched);
  }

  private armAgain(watched: Watched): void {
    this.arm(watched).catch((error: unknown) => {
      // Without a connection there is nothing to do: the next one arms everything.
      if (error instanceof CoordinationError && (error.code === "CONNECTION_LOSS" || error.code === "SESSION_EXPIRED"))
        return;
      if (error instanceof CoordinationError && error.code === "NO_NODE") {
        this.armUntilCreated(watched);
        return;
      }
      this.options.logger.error("a watch could not be armed again", { path: watched.path, cause: error });
    });
  }

  private arm(watched: Watched): Promise<void> {
    const client = this.options.client();
    const path = this.options.absolute(watched.path);
    const watcher = this.watcherOf(watched, client);
    return new Promise((resolve, reject) => {
      const reply = (error: Parameters<typeof asCoordinationError>[0] | null | undefined) => {
        if (error) {
          reject(asCoordinationError(error, "watch", watched.path));
          return;
        }
        watched.armedOn = client;
        resolve();
      };
      if (watched.kind === "node") client.raw.exists(path, watcher, reply);
      else client.raw.getChildren(path, watcher, reply);
    });
  }

  /** The node whose children were watched has gone: its return is a change of its children. */
  private armUntilCreated(watched: Watched): void {
    const client = this.options.client();
    client.raw.exists(this.options.absolute(watched.path), this.watcherOf(watched, client), (error, stat) => {
      if (!error && stat !== null) this.onFired(watched, client);
    });
  }

  /** One function for each path and client: the library knows it again and keeps it once. */
  private watcherOf(watched: Watched, client: HardenedClient): () => void {
    if (watched.watcher?.client !== client) watched.watcher = { client, call: () => this.onFired(watched, client) };
    return watched.watcher.call;
  }
}

interface Watched {
  readonly kind: Kind;
  readonly path: string;
  readonly listeners: Set<() => void>;
  /** The client whose connection the watch stands on; null when it does not stand. */
  armedOn: HardenedClient | null;
  watcher: { readonly client: HardenedClient; readonly call: () => void } | null;
}

/** Listeners run on their own, not within the library's handling of a frame. */
function tell({ listeners }: Watched): void {
  queueMicrotask(() => {
    for (const listener of listeners) listener();
  });
}
