import { type BrokerEndpoint, BrokerRegistration, type Coordination, type RegisteredBroker } from "@ottla/coordination";
import type { Clock, Logger } from "@ottla/runtime";
import type { LogDirectory } from "@ottla/storage";
import type { BrokerConfig } from "../config/broker-config";
import type { Machine } from "../machine";

/** Another process has this broker's id now; this one must not act in its name any more (replication rule 53). */
export class Replaced extends Error {
  override readonly name = "Replaced";
}

/** This broker's place in /brokers/ids. */
export interface Registration {
  /** czxid of the node: a new one with each session. */
  readonly brokerEpoch: bigint;
  /**
   * The controller has seen to it that nothing relies on records that this broker may lack: from now on it is as good as any, and a kill
   * under this boot id loses nothing (rule 56). Once it is done, further calls do nothing.
   */
  confirmIntact(): Promise<void>;
  /** Told when the process has registered again after an expiry, under another broker epoch (rule 53). @returns ends it */
  onRenewed(listener: () => void): () => void;
  close(): Promise<void>;
}

/**
 * Registers the broker, in place of a dead process's registration where its death is proved.
 *
 * @param options.onFatal told when another process has replaced this one, or this one can no longer look after its place
 * @throws BrokerIdInUse, CoordinationError, Aborted
 */
export async function register(
  options: {
    readonly coordination: Coordination;
    readonly brokerId: number;
    readonly endpoints: readonly BrokerEndpoint[];
    readonly directories: readonly LogDirectory[];
    readonly config: BrokerConfig;
    readonly machine: Machine;
    /** Names this process for its lifetime. */
    readonly incarnation: string;
    /** `host:port` where other brokers reach this one. */
    readonly rpc: string;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly onFatal: (reason: Error) => void;
  },
  signal: AbortSignal,
): Promise<Registration> {
  const { coordination, brokerId, endpoints, directories, config, machine, clock, onFatal } = options;
  const { incarnation, rpc } = options;
  const lockedDirectories = directories.map(({ directoryId }) => directoryId);
  const plain = endpoints.find(({ securityProtocol }) => securityProtocol === "PLAINTEXT");
  let torn = directories.some(({ summary }) => summary.condition === "torn");
  const registration = await BrokerRegistration.register({
    coordination,
    clock,
    logger: options.logger.with({ component: "membership" }),
    brokerId,
    lockedDirectories,
    signal,
    describe: (): ReturnType<DescribeBroker> => ({
      version: 5,
      host: plain?.host ?? null,
      port: plain?.port ?? -1,
      jmxPort: -1,
      timestampMs: clock.nowMs(),
      endpoints,
      rack: config.get("broker.rack"),
      features: new Map(),
      ottla: {
        rpc,
        directories: lockedDirectories,
        bootId: machine.bootId,
        pidNamespace: machine.pidNamespace,
        pid: machine.pid,
        startTime: machine.startTime,
        incarnation,
        torn,
      },
    }),
  });
  const renewalListeners = new Set<() => void>();
  const unsubscribe = registration.onChange((event) => {
    if (event.kind === "replaced") onFatal(new Replaced(`another process has taken the place of broker ${brokerId}`));
    else if (event.kind === "failed")
      onFatal(new Error(`broker ${brokerId} cannot look after its registration`, { cause: event.cause }));
    else for (const listener of renewalListeners) listener();
  });
  let confirming: Promise<void> | null = null;
  const confirm = async (): Promise<void> => {
    if (machine.bootId !== null) for (const directory of directories) await recordBootId(directory, machine.bootId);
    if (!torn) return;
    torn = false;
    await registration.refresh();
  };
  return {
    get brokerEpoch() {
      return registration.brokerEpoch;
    },
    confirmIntact() {
      confirming ??= confirm().catch((failure: unknown) => {
        confirming = null;
        throw failure;
      });
      return confirming;
    },
    onRenewed(listener) {
      renewalListeners.add(listener);
      return () => void renewalListeners.delete(listener);
    },
    async close() {
      // A directory that is being written to must not be closed under it. Whoever asked for it has heard of a failure.
      await confirming?.catch(() => {});
      unsubscribe();
      await registration.close();
    },
  };
}

/** A disk that refuses takes its directory offline, and leaves it torn if it was; the others are as good as any all the same. */
async function recordBootId(directory: LogDirectory, bootId: string): Promise<void> {
  try {
    await directory.recordBootId(bootId);
  } catch (failure) {
    if (directory.failure === null) throw failure;
  }
}

type DescribeBroker = () => RegisteredBroker & { readonly ottla: NonNullable<RegisteredBroker["ottla"]> };
