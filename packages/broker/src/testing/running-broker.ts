import { InProcessNetwork } from "@ottla/cluster-rpc";
import { MemoryEnsemble } from "@ottla/coordination";
import { SeededRandom, SimulatedDisk, silentLogger, systemClock } from "@ottla/runtime";
import { Broker } from "../broker";
import { BrokerConfig } from "../config/broker-config";
import { WireClient } from "./wire-client";

export interface RunningBrokerOptions {
  readonly configs?: Readonly<Record<string, string>>;
  /** An ensemble and a disk that an earlier life left behind. */
  readonly ensemble?: MemoryEnsemble;
  readonly disk?: SimulatedDisk;
}

/** A whole broker in this process: real sockets and time, an ensemble and a disk in memory. The quickest check of everything together. */
export class RunningBroker {
  private readonly clients: WireClient[] = [];

  private constructor(
    readonly broker: Broker,
    readonly ensemble: MemoryEnsemble,
    readonly disk: SimulatedDisk,
    readonly failures: Error[],
  ) {}

  static async start(options: RunningBrokerOptions = {}): Promise<RunningBroker> {
    const ensemble = options.ensemble ?? new MemoryEnsemble({ clock: systemClock });
    const disk = options.disk ?? new SimulatedDisk({ nowMs: () => systemClock.nowMs() });
    const given = Object.entries({
      "zookeeper.connect": "memory:2181",
      "broker.id": "1",
      listeners: "PLAINTEXT://127.0.0.1:0",
      "log.dirs": "/data/logs",
      ...options.configs,
    });
    const failures: Error[] = [];
    const broker = await Broker.start(
      {
        config: BrokerConfig.from(given.map(([key, value]) => ({ key, value, origin: "spec" }))),
        connect: () => ensemble.connect({ name: "broker" }),
        transport: new InProcessNetwork({ clock: systemClock, logger: silentLogger }).transport("broker"),
        machine: {
          hostName: "localhost",
          bootId: "boot",
          pidNamespace: "pid:[1]",
          pid: 4711,
          startTime: "1",
          hasEnded: () => Promise.resolve(false),
        },
        disk,
        clock: systemClock,
        random: new SeededRandom(7),
        logger: silentLogger,
        onFatal: (reason) => void failures.push(reason),
      },
      new AbortController().signal,
    );
    return new RunningBroker(broker, ensemble, disk, failures);
  }

  get port(): number {
    return this.broker.portOf();
  }

  /** A new connection, closed with the broker. */
  async client(): Promise<WireClient> {
    const client = await WireClient.connect(this.port);
    this.clients.push(client);
    return client;
  }

  /** @throws what the broker called fatal meanwhile */
  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.broker.close();
    const [failure] = this.failures;
    if (failure !== undefined) throw failure;
  }
}
