import { Aborted, type Clock, type Logger, sleep } from "@ottla/runtime";
import { type Coordination, CoordinationError, MultiFailed, type NodeData, type Operation } from "./port";
import { decideRegistration, type RegistrationFound } from "./registration-decision";
import { brokerRegistration, type RegisteredBroker } from "./znodes/broker-registration";
import { controller, controllerEpoch } from "./znodes/controller";
import { ZnodeFormatError } from "./znodes/znode-json";

export interface BrokerRegistrationOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly brokerId: number;
  /** What to write, asked for at every writing: `ottla` must name this process, `torn` be as it stands now. */
  readonly describe: () => RegisteredBroker & { readonly ottla: NonNullable<RegisteredBroker["ottla"]> };
  /** Ids of the log directories whose kernel lock this process holds. */
  readonly lockedDirectories: readonly string[];
  /** How long to wait for the session of another process with this id to end; default the session timeout and 3 s more. */
  readonly waitTimeoutMs?: number;
  /** Ends a wait; once registered it has no effect. */
  readonly signal?: AbortSignal;
}

/**
 * - registered: after an expiry this process stands registered again, under a new broker epoch: all streams are opened anew
 * - failed: a bug of our own keeps this process from looking after its registration: it stops
 * - replaced: another process has taken the id, or somebody removed the registration: this one stops and never registers again (rule 53)
 */
export type RegistrationEvent =
  | { readonly kind: "registered"; readonly brokerEpoch: bigint }
  | { readonly kind: "failed"; readonly cause: unknown }
  | { readonly kind: "replaced"; readonly by: RegisteredBroker | null };

/** Another live process holds the broker id. */
export class BrokerIdInUse extends Error {
  override readonly name = "BrokerIdInUse";
  constructor(
    readonly brokerId: number,
    where: string,
    waitedMs: number,
  ) {
    super(`another broker with id ${brokerId} is alive at ${where}: its session did not end within ${waitedMs} ms`);
  }
}

/** A broker's place in `/brokers/ids`, for as long as the process lives: made, kept over the end of sessions, watched. */
export class BrokerRegistration {
  private epoch = -1n;
  /** The session that holds the node, and the version of its data that we wrote last. */
  private heldBy = 0n;
  private version = 1;
  private replaced = false;
  private closed = false;
  private readonly closing = new AbortController();
  /** Changes of the registration happen one at a time. */
  private last: Promise<void> = Promise.resolve();
  private readonly listeners = new Set<(event: RegistrationEvent) => void>();
  private readonly subscriptions: (() => void)[] = [];

  /**
   * Registers.
   *
   * A registration left by a killed process is replaced at once where its death is proved, together with the `/controller` it held;
   * otherwise its session's end is awaited.
   *
   * @throws BrokerIdInUse
   * @throws Aborted
   * @throws CoordinationError when the ensemble cannot be reached for as long as a wait may last
   */
  static async register(options: BrokerRegistrationOptions): Promise<BrokerRegistration> {
    const registration = new BrokerRegistration(options);
    await options.coordination.ensurePath(brokerRegistration.parent);
    await registration.registerFirst();
    await registration.keep();
    return registration;
  }

  private constructor(private readonly options: BrokerRegistrationOptions) {}

  /** The node's czxid: greater at every registration. */
  get brokerEpoch(): bigint {
    return this.epoch;
  }

  /** Told of what happens after `register`. @returns a function that ends the subscription */
  onChange(listener: (event: RegistrationEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Writes what `describe` says now over the registration: endpoints changed, or the log is no longer torn. The epoch stays. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      if (this.replaced || this.closed) return;
      const { coordination } = this.options;
      this.version = (await coordination.set(this.path, this.data(), this.version)).version;
    });
  }

  /** Stops watching over the registration; the node goes with the session. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    this.closing.abort();
    for (const end of this.subscriptions.splice(0)) end();
    await this.last;
  }

  private get path(): string {
    return brokerRegistration.path(this.options.brokerId);
  }

  private data(): Buffer {
    return brokerRegistration.encode(this.options.describe());
  }

  private async registerFirst(): Promise<void> {
    const { clock, coordination, signal } = this.options;
    const waitTimeoutMs = this.options.waitTimeoutMs ?? coordination.session.timeoutMs + 3000;
    const deadlineMs = clock.monotonicMs() + waitTimeoutMs;
    for (;;) {
      if (signal?.aborted) throw new Aborted("registering the broker", signal.reason);
      const outcome = await this.tryOnce(false).catch((error: unknown) => {
        const passing = isPassing(error) && coordination.session.state !== "closed";
        if (!passing || clock.monotonicMs() >= deadlineMs) throw error;
        return null;
      });
      if (outcome === "registered") return;
      if (outcome === null) continue;
      const where = addressOf(outcome.broker);
      if (clock.monotonicMs() >= deadlineMs) throw new BrokerIdInUse(this.options.brokerId, where, waitTimeoutMs);
      this.options.logger.warn("this broker id is registered by another process; waiting for its session to end", {
        brokerId: this.options.brokerId,
        at: where,
        session: outcome.ephemeralOwner.toString(16),
      });
      await this.untilChanged(1000);
    }
  }

  /**
   * Reads what is there and acts on it, once.
   *
   * @param again this process was registered before: whoever holds the node now has replaced it
   * @returns the registration in the way when it must be waited for; null when things changed meanwhile: try again
   */
  private async tryOnce(again: boolean): Promise<"registered" | RegistrationFound | null> {
    const { coordination, lockedDirectories } = this.options;
    const { ottla } = this.options.describe();
    const sessionId = coordination.session.id;
    const node = await coordination.get(this.path);
    const found = node === null ? null : foundIn(node, this.path);
    const self = { sessionId, incarnation: ottla.incarnation, bootId: ottla.bootId, lockedDirectories };
    const decision = decideRegistration(found, self);
    if (decision === "ours" && node !== null) {
      this.hold(node.stat.czxid, sessionId, node.stat.version);
      return "registered";
    }
    if (decision === "wait" || (again && decision === "replaceDead")) return found;
    const removals = node === null ? [] : await this.removalsOf(node);
    try {
      const results = await coordination.multi([
        ...removals,
        { kind: "create", path: this.path, data: null, ephemeral: true },
        // Two operations as in Kafka, so that the version of a registration begins at 1.
        { kind: "set", path: this.path, data: this.data(), expectedVersion: 0 },
      ]);
      const written = results.at(-1);
      if (written?.kind !== "set") return null;
      this.hold(written.stat.czxid, sessionId, written.stat.version);
      if (decision === "replaceDead")
        this.options.logger.info("replaced the registration of a process that is no more", {
          at: addressOf(found?.broker),
        });
      return "registered";
    } catch (error) {
      // Somebody else was quicker, or the reply was lost: what stands there now decides.
      if (error instanceof MultiFailed) return null;
      throw error;
    }
  }

  /** Takes away a dead process's registration, and `/controller` where the same session holds it: nobody could call it gone (rule 52). */
  private async removalsOf(node: NodeData): Promise<Operation[]> {
    const { coordination } = this.options;
    const removals: Operation[] = [{ kind: "remove", path: this.path, expectedVersion: node.stat.version }];
    // The epoch is read first: an election after this raises it, and then the check fails.
    const epoch = await coordination.get(controllerEpoch.path);
    const holder = await coordination.get(controller.path);
    if (holder === null || holder.stat.ephemeralOwner !== node.stat.ephemeralOwner) return removals;
    if (epoch !== null)
      removals.push({ kind: "check", path: controllerEpoch.path, expectedVersion: epoch.stat.version });
    removals.push({ kind: "remove", path: controller.path, expectedVersion: holder.stat.version });
    return removals;
  }

  private hold(brokerEpoch: bigint, sessionId: bigint, version: number): void {
    this.epoch = brokerEpoch;
    this.heldBy = sessionId;
    this.version = version;
    this.options.logger.info("broker registered", { brokerId: this.options.brokerId, brokerEpoch });
  }

  private async keep(): Promise<void> {
    const { coordination } = this.options;
    this.subscriptions.push(
      coordination.onSession((event) => {
        if (event === "renewed") this.startInTurn(() => this.registerAgain());
      }),
      await coordination.watchNode(this.path, () => this.startInTurn(() => this.look())),
    );
    // The session may have ended before we listened.
    if (coordination.session.id !== this.heldBy) this.startInTurn(() => this.registerAgain());
  }

  /** Until this process is registered or replaced: whatever the ensemble refuses, a broker that lives unregistered helps nobody. */
  private registerAgain(): Promise<void> {
    const { coordination } = this.options;
    return this.persistently("the broker could not be registered again yet", async () => {
      if (this.replaced || this.heldBy === coordination.session.id) return true;
      const outcome = await this.tryOnce(true);
      if (outcome === null) return false;
      if (outcome === "registered") this.tell({ kind: "registered", brokerEpoch: this.epoch });
      else this.beReplaced(outcome.broker);
      return true;
    });
  }

  /** Somebody touched the registration: is it still ours? */
  private look(): Promise<void> {
    return this.persistently("the broker's registration could not be looked at yet", async () => {
      try {
        await this.lookOnce();
      } catch (error) {
        // Whoever comes back is told again: every connection and session tells all watches.
        if (!isPassing(error)) throw error;
      }
      return true;
    });
  }

  private async lookOnce(): Promise<void> {
    const { coordination } = this.options;
    if (this.replaced || coordination.session.id !== this.heldBy) return;
    if (await this.stillHeld()) return;
    // A server that lags, or that has ended our session a moment ago, must not be taken for a rival.
    await coordination.sync();
    if (await this.stillHeld()) return;
    const node = await coordination.get(this.path);
    if (coordination.session.id !== this.heldBy || coordination.session.state !== "connected") return;
    this.beReplaced(node === null ? null : foundIn(node, this.path).broker);
  }

  /** Calls `attempt` until it says that it is done, ever more slowly when it is refused, while the process has a use for sessions. */
  private async persistently(failing: string, attempt: () => Promise<boolean>): Promise<void> {
    const { clock, coordination, logger } = this.options;
    let pauseMs = RETRY_PAUSE_MS;
    while (!this.closed && coordination.session.state !== "closed") {
      try {
        if (await attempt()) return;
      } catch (error) {
        // Anything else is our own bug, and no better the next time.
        if (!(error instanceof CoordinationError)) throw error;
        logger.warn(failing, { cause: error });
        // What passes by itself is over from one moment to the next.
        pauseMs = isPassing(error) ? RETRY_PAUSE_MS : Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
      }
      await sleep(clock, pauseMs, this.closing.signal).catch(unlessAborted);
    }
  }

  private async stillHeld(): Promise<boolean> {
    const node = await this.options.coordination.get(this.path);
    return node !== null && node.stat.ephemeralOwner === this.heldBy;
  }

  private beReplaced(by: RegisteredBroker | null): void {
    this.replaced = true;
    this.options.logger.error("this broker's registration is gone; the process must stop", {
      brokerId: this.options.brokerId,
      nowAt: by === null ? "nowhere" : addressOf(by),
    });
    this.tell({ kind: "replaced", by });
  }

  private tell(event: RegistrationEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.last.then(action);
    // The caller of the turn hears of its failure; the next turn starts all the same.
    this.last = turn.catch(() => {});
    return turn;
  }

  private startInTurn(action: () => Promise<void>): void {
    this.inTurn(action).catch((error: unknown) => {
      if (this.closed || this.options.coordination.session.state === "closed") return;
      this.options.logger.error("looking after the broker's registration failed", { cause: error });
      this.tell({ kind: "failed", cause: error });
    });
  }

  /** Until the node changes, `atMostMs` have passed or the signal aborts. */
  private async untilChanged(atMostMs: number): Promise<void> {
    const { clock, coordination, signal } = this.options;
    const woken = new AbortController();
    const wake = () => woken.abort();
    signal?.addEventListener("abort", wake, { once: true });
    try {
      const end = await coordination.watchNode(this.path, wake);
      try {
        // It may have changed between the reading and the watch.
        if ((await coordination.get(this.path)) !== null) await sleep(clock, atMostMs, woken.signal);
      } finally {
        end();
      }
    } catch (error) {
      if (!(error instanceof Aborted) && !isPassing(error)) throw error;
    } finally {
      signal?.removeEventListener("abort", wake);
    }
  }
}

const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MS_MAX = 5000;

function unlessAborted(error: unknown): void {
  if (!(error instanceof Aborted)) throw error;
}

/** The ensemble could not be asked, or the session ended: it may go better next time. */
function isPassing(error: unknown): boolean {
  return error instanceof CoordinationError && (error.code === "CONNECTION_LOSS" || error.code === "SESSION_EXPIRED");
}

function foundIn(node: NodeData, path: string): RegistrationFound {
  let broker: RegisteredBroker | null;
  try {
    broker = brokerRegistration.decode(node.data, path);
  } catch (error) {
    // Whatever it is, it has an owner, and that is what is waited for.
    if (!(error instanceof ZnodeFormatError)) throw error;
    broker = null;
  }
  return { ephemeralOwner: node.stat.ephemeralOwner, broker };
}

function addressOf(broker: RegisteredBroker | null | undefined): string {
  const endpoint = broker?.endpoints[0];
  if (endpoint !== undefined) return `${endpoint.host}:${endpoint.port}`;
  return broker?.host ? `${broker.host}:${broker.port}` : "an unknown address";
}
