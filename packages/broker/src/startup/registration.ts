import {
  type BrokerEndpoint,
  brokerRegistration,
  type Coordination,
  CoordinationError,
  type RegisteredBroker,
} from "@ottla/coordination";
import { type Clock, explain, type Logger, type Random, randomUuid, sleep } from "@ottla/runtime";
import type { LogDirectory } from "@ottla/storage";
import type { BrokerConfig } from "../config/broker-config";
import type { Machine } from "../machine";
import { JoinRefused } from "./cluster-identity";

/** This broker's place in /brokers/ids. */
export interface Registration {
  /** czxid of the node: a new one with each session. */
  readonly brokerEpoch: bigint;
  close(): Promise<void>;
}

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
  const { coordination, brokerId, clock, logger, random } = options;
  const path = brokerRegistration.path(brokerId);
  const incarnation = randomUuid(random);
  let brokerEpoch = 0n;
  const attempt = async (): Promise<void> => {
    await coordination.multi([
      { kind: "create", path, data: Buffer.alloc(0), ephemeral: true },
      { kind: "set", path, data: brokerRegistration.encode(describe(options, incarnation)), expectedVersion: 0 },
    ]);
    const node = await coordination.get(path);
    brokerEpoch = node?.stat.czxid ?? 0n;
  };
  const deadlineMs = clock.monotonicMs() + coordination.session.timeoutMs + 2000;
  for (;;) {
    try {
      await attempt();
      break;
    } catch (error) {
      if (!(error instanceof CoordinationError && error.code === "NODE_EXISTS")) throw error;
      if (clock.monotonicMs() > deadlineMs)
        throw new JoinRefused(`another broker with id ${brokerId} is registered and alive`, { cause: error });
      logger.info("waiting for the session of the broker that was registered before to end", { brokerId });
      await sleep(clock, 1000, signal);
    }
  }
  const unsubscribe = coordination.onSession((event) => {
    if (event !== "renewed") return;
    attempt().then(
      () => logger.info("registered again after the session had expired", { brokerId, brokerEpoch }),
      (error: unknown) =>
        options.onFatal(new JoinRefused(`cannot register again: ${explain(error)}`, { cause: error })),
    );
  });
  return {
    get brokerEpoch() {
      return brokerEpoch;
    },
    close: async () => {
      unsubscribe();
      await coordination
        .remove(path, null)
        .catch((error: unknown) => logger.debug("registration goes with its session", { error }));
    },
  };
}

function describe(
  { endpoints, config, machine, clock, directories }: Parameters<typeof register>[0],
  incarnation: string,
): RegisteredBroker {
  const plain = endpoints.find(({ securityProtocol }) => securityProtocol === "PLAINTEXT");
  return {
    version: 5,
    host: plain?.host ?? null,
    port: plain?.port ?? -1,
    jmxPort: -1,
    timestampMs: clock.nowMs(),
    endpoints,
    rack: config.get("broker.rack"),
    features: new Map(),
    ottla: {
      rpc: "",
      directories: directories.map(({ directoryId }) => directoryId),
      bootId: machine.bootId,
      pidNamespace: machine.pidNamespace,
      pid: machine.pid,
      startTime: machine.startTime,
      incarnation,
      torn: directories.some(({ summary }) => summary.condition === "torn"),
    },
  };
}
