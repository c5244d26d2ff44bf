import { type BrokerEndpoint, BrokerRegistration, type Coordination, type RegisteredBroker } from "@ottla/coordination";
import { type Clock, type Logger, type Random, randomUuid } from "@ottla/runtime";
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
   * under this boot id loses nothing (rule 56).
   */
  confirmIntact(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Registers the broker, in place of a dead process's registration where its death is proved.
 *
 * @param options.onFatal told when another process has replaced this one
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
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
    readonly onFatal: (reason: Error) => void;
  },
  signal: AbortSignal,
): Promise<Registration> {
  const { coordination, brokerId, endpoints, directories, config, machine, clock, random, onFatal } = options;
  const incarnation = randomUuid(random);
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
        // Brokers do not talk to each other yet.
        rpc: "",
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
  const unsubscribe = registration.onChange((event) => {
    if (event.kind === "replaced") onFatal(new Replaced(`another process has taken the place of broker ${brokerId}`));
  });
  return {
    get brokerEpoch() {
      return registration.brokerEpoch;
    },
    async confirmIntact() {
      if (machine.bootId !== null) for (const directory of directories) await directory.recordBootId(machine.bootId);
      if (!torn) return;
      torn = false;
      await registration.refresh();
    },
    async close() {
      unsubscribe();
      await registration.close();
    },
  };
}

type DescribeBroker = () => RegisteredBroker & { readonly ottla: NonNullable<RegisteredBroker["ottla"]> };
