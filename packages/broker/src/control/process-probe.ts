import { type Address, ClusterRpcError, type ClusterTransport } from "@ottla/cluster-rpc";
import type { BrokerProbe, ProbeFinding, ProbeTarget } from "@ottla/controller";
import type { RegisteredBroker } from "@ottla/coordination";
import {
  Aborted,
  type Clock,
  DeadlineExceeded,
  type Logger,
  nodeSockets,
  type Sockets,
  withDeadline,
} from "@ottla/runtime";
import type { Machine } from "../machine";
import { parseAddress } from "./broker-addresses";

/** What became of one attempt to connect. */
export type DialOutcome = "connected" | "refused" | "unreachable";

/** Connects to an address and hangs up at once. "unreachable": no route, or no answer within `timeoutMs`. Never rejects. */
export type Dial = (address: Address, timeoutMs: number) => Promise<DialOutcome>;

export interface ProcessProbeOptions {
  readonly transport: ClusterTransport;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Node's unless said otherwise. */
  readonly sockets?: Sockets | undefined;
  /** For specs whose brokers do not listen on this machine; default: a plain TCP dial. */
  readonly dial?: Dial | undefined;
  /** The addresses behind a host name; default: what the system's resolver says. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
}

/** Together about a second at worst, half of it where names are known: the asker repeats the question. */
const RESOLVE_MS = 500;
const DIAL_MS = 300;
const IDENTITY_MS = 250;

/**
 * Looks whether a registered process lives: a plain TCP dial begun now, one question for the name of the process that answers, and, for
 * a process of this very machine, the kernel's own word.
 *
 * @see replication rules 39 and 40
 */
export class ProcessProbe implements BrokerProbe {
  constructor(private readonly options: ProcessProbeOptions) {}

  async probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeFinding> {
    if (signal.aborted) throw new Aborted("a probe", signal.reason);
    const { ottla } = target.registration;
    const proof = ottla !== null && (await this.hasEnded(ottla));
    const address = ottla === null ? null : parseAddress(ottla.rpc);
    if (signal.aborted) throw new Aborted("a probe", signal.reason);
    if (address === null) return proof ? { kind: "gone", proof } : { kind: "hung" };
    const outcome = await this.dialAll(address);
    if (signal.aborted) throw new Aborted("a probe", signal.reason);
    // Somebody may listen there all the same: a newer process, which names itself.
    if (outcome !== "connected") return proof || outcome === "refused" ? { kind: "gone", proof } : { kind: "silent" };
    const identity = await this.identify(address, signal);
    if (signal.aborted) throw new Aborted("a probe", signal.reason);
    if (identity !== null) return identity;
    return proof ? { kind: "gone", proof } : { kind: "hung" };
  }

  /** "refused" only if every address behind the name refuses. */
  private async dialAll(address: Address): Promise<DialOutcome> {
    const { clock, sockets = nodeSockets, dial = dialOver(sockets, clock) } = this.options;
    const hosts = await this.resolve(address.host);
    if (hosts.length === 0) return "unreachable";
    const outcomes = await Promise.all(hosts.map((host) => dial({ host, port: address.port }, DIAL_MS)));
    if (outcomes.includes("connected")) return "connected";
    return outcomes.includes("unreachable") ? "unreachable" : "refused";
  }

  /** Where a name is unknown many a resolver asks on, and waits for seconds: as silent as a host that does not answer. */
  private async resolve(host: string): Promise<readonly string[]> {
    const { clock, sockets = nodeSockets, resolve = (name: string) => sockets.addressesOf(name) } = this.options;
    try {
      return await withDeadline(clock, RESOLVE_MS, "the answer of a name server", resolve(host));
    } catch (failure) {
      if (failure instanceof DeadlineExceeded) return [];
      throw failure;
    }
  }

  private async identify(address: Address, signal: AbortSignal): Promise<ProbeFinding | null> {
    const peer = this.options.transport.connect(address);
    try {
      const { brokerId, brokerEpoch, incarnation, directoryIds } = await peer.identity(
        {},
        { deadlineMs: IDENTITY_MS, signal },
      );
      return { kind: "alive", brokerId, brokerEpoch: brokerEpoch ?? -1n, incarnation, directories: directoryIds };
    } catch (failure) {
      if (failure instanceof ClusterRpcError) return null;
      throw failure;
    } finally {
      peer.close();
    }
  }

  private async hasEnded(registered: NonNullable<RegisteredBroker["ottla"]>): Promise<boolean> {
    const { machine } = this.options;
    const { bootId, pidNamespace, pid, startTime } = registered;
    // Anything unknown proves nothing: the pid then belongs to another kernel, or to another view of this one.
    if (bootId === null || pidNamespace === null || startTime === null) return false;
    if (bootId !== machine.bootId || pidNamespace !== machine.pidNamespace) return false;
    return machine.hasEnded({ pid, startTime });
  }
}

/** A plain dial over `sockets`: the machine at the other side answers it, whether its process is awake or not. */
function dialOver(sockets: Sockets, clock: Clock): Dial {
  return (address, timeoutMs) =>
    new Promise((resolve) => {
      const socket = sockets.connect(address);
      const settle = (outcome: DialOutcome): void => {
        timer.cancel();
        socket.destroy();
        resolve(outcome);
      };
      const timer = clock.setTimer(timeoutMs, () => settle("unreachable"));
      socket.once("connect", () => settle("connected"));
      socket.on("error", (error: NodeJS.ErrnoException) =>
        settle(error.code === "ECONNREFUSED" ? "refused" : "unreachable"),
      );
    });
}
