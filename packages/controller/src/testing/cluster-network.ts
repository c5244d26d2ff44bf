import type { MemoryCoordination, MemoryEnsemble, RegisteredBroker } from "@ottla/coordination";
import { type Clock, sleep } from "@ottla/runtime";
import type { BrokerChannel } from "../broker-channel";
import type { BrokerPeers, LogEnd } from "../broker-peers";
import type { BrokerProbe, ProbeFinding } from "../broker-probe";
import type { Controller } from "../controller";
import type { ControllerSession, SessionRefused } from "../controller-session";
import type { AlterPartitionReply, IsrProposal } from "../isr-proposal";
import type { RecordingChannel } from "./recording-channel";

/** How long a dial without any answer lasts. */
const SILENCE_MS = 500;

/** A broker's process, as far as the controller has to do with it. */
export interface BrokerProcess {
  readonly id: number;
  readonly incarnation: string;
  readonly directories: readonly string[];
  brokerEpoch: bigint;
  readonly coordination: MemoryCoordination;
  /** paused: it neither answers nor notices anything. */
  state: "alive" | "paused" | "killed";
  controller: Controller | null;
  /** Its session with the controller. */
  session: { readonly with: BrokerProcess; readonly epoch: number; readonly end: ControllerSession } | null;
  /** Where its replicas end, by "topic-partition"; (0, 0) where nothing is said. */
  readonly logEnds: Map<string, { readonly lastEpoch: number; readonly logEndOffset: number }>;
  /** What it was told of the controller's contact with ZooKeeper. */
  withoutZooKeeperMs: number | null;
  endedSessions: string[];
}

type Cut = "drop" | "refuse";

/**
 * The ways between brokers: who reaches whom, and who still runs. Brokers dial the controller as real ones do, whenever `pump` is called,
 * which the harness does at every step of time.
 */
export class ClusterNetwork {
  readonly processes = new Map<number, BrokerProcess>();
  /** All on one machine: the kernel can prove a death. */
  sameMachine = false;
  /** False: sessions are opened by the spec itself. */
  dials = true;
  private readonly cuts = new Map<string, Cut>();

  constructor(
    private readonly clock: Clock,
    private readonly ensemble: MemoryEnsemble,
    private readonly recording: RecordingChannel,
  ) {}

  /** Nothing passes between the two any more: packets vanish, or are refused. */
  cut(a: number, b: number, how: Cut = "drop"): void {
    this.cuts.set(linkOf(a, b), how);
    this.pump();
  }

  heal(a: number, b: number): void {
    this.cuts.delete(linkOf(a, b));
  }

  isolate(id: number, how: Cut = "drop"): void {
    for (const other of this.processes.keys()) if (other !== id) this.cut(id, other, how);
  }

  /** kill -9, of all at the same moment: the processes are no more, their ZooKeeper sessions go on until they expire. */
  kill(...ids: readonly number[]): void {
    for (const id of ids) {
      const process = this.process(id);
      process.state = "killed";
      this.ensemble.disconnect(process.coordination);
    }
    this.pump();
  }

  pause(id: number): void {
    this.process(id).state = "paused";
  }

  resume(id: number): void {
    this.process(id).state = "alive";
  }

  /** The process has a controller now, which hears of the session that stands already. */
  attach(process: BrokerProcess, controller: Controller): void {
    process.controller = controller;
    if (process.session !== null)
      controller.controllerSessionOpened(aboutOf(process.session.with, process.session.end));
  }

  process(id: number): BrokerProcess {
    const process = this.processes.get(id);
    if (process === undefined) throw new Error(`no broker ${id}`);
    return process;
  }

  /** Proposes an ISR over the broker's session. `members` by id; their epochs are those of their present processes unless given. */
  propose(
    id: number,
    proposal: Omit<IsrProposal, "isr"> & { readonly isr: readonly (number | IsrProposal["isr"][number])[] },
  ): Promise<AlterPartitionReply> {
    return this.sessionOf(id).alterPartition({
      partitions: [
        {
          ...proposal,
          isr: proposal.isr.map((member) =>
            typeof member === "number"
              ? { brokerId: member, brokerEpoch: this.processes.get(member)?.brokerEpoch ?? -1n }
              : member,
          ),
        },
      ],
    });
  }

  /** The broker's session with the controller; the controller's own broker opens one for this. */
  sessionOf(id: number): ControllerSession {
    const { session, controller, brokerEpoch, incarnation } = this.process(id);
    if (session !== null) return session.end;
    const own = controller?.sessionOpened(
      { brokerId: id, brokerEpoch, incarnation },
      { end: () => {}, withoutZooKeeper: () => {} },
    );
    if (own === undefined || "refused" in own) throw new Error(`broker ${id} has no session`);
    return own;
  }

  /** The controller of broker `from` speaks to others by this. */
  channelOf(from: number): BrokerChannel {
    return {
      send: async (to, command, signal) => {
        if (this.process(from).state === "killed") throw new Error("nobody is there to speak");
        if (to !== from && !this.reaches(from, to)) throw new Error(`broker ${to} cannot be reached`);
        const reply = await this.recording.send(from, to, command, signal);
        if (to !== from && !this.reaches(from, to)) throw new Error(`broker ${to} could not answer`);
        return reply;
      },
    };
  }

  probeOf(from: number): BrokerProbe {
    return {
      probe: async ({ brokerId, registration }, signal): Promise<ProbeFinding> => {
        if (this.process(from).state !== "alive") return { kind: "hung" };
        const target = this.processes.get(brokerId);
        const gone = target === undefined || target.state === "killed";
        const registeredIsGone = gone || target.incarnation !== registration.ottla?.incarnation;
        if (this.sameMachine && registeredIsGone) return { kind: "gone", proof: true };
        const cut = this.cuts.get(linkOf(from, brokerId));
        if (cut === "refuse" || (cut === undefined && gone)) return { kind: "gone", proof: false };
        if (cut === "drop") {
          await sleep(this.clock, SILENCE_MS, signal);
          return { kind: "silent" };
        }
        if (target === undefined || target.state === "paused") {
          await sleep(this.clock, SILENCE_MS, signal);
          return { kind: "hung" };
        }
        const { id, brokerEpoch, incarnation, directories } = target;
        return { kind: "alive", brokerId: id, brokerEpoch, incarnation, directories };
      },
    };
  }

  peersOf(from: number): BrokerPeers {
    const asked = (id: number): BrokerProcess => {
      if (id !== from && !this.reaches(from, id)) throw new Error(`broker ${id} cannot be asked`);
      return this.process(id);
    };
    return {
      evidence: async (id, about) => {
        const { controller } = asked(id);
        return controller?.evidenceAbout(about) ?? { found: "unknown", proof: false };
      },
      logEnds: async (id, partitions) => {
        const { logEnds } = asked(id);
        return partitions.map((identity): LogEnd => {
          const end = logEnds.get(`${identity.topic}-${identity.partition}`);
          return { ...identity, lastEpoch: end?.lastEpoch ?? -1, logEndOffset: end?.logEndOffset ?? 0 };
        });
      },
    };
  }

  /** Breaks sessions that cannot stand, and dials those that can. */
  pump(): void {
    for (const process of this.processes.values()) {
      if (process.coordination.session.state === "closed") process.state = "killed";
    }
    for (const process of this.processes.values()) this.breakSession(process);
    if (!this.dials) return;
    for (const process of this.processes.values()) this.dial(process);
  }

  private breakSession(process: BrokerProcess): void {
    const { session } = process;
    if (session === null || process.state === "paused") return;
    const other = session.with;
    if (process.state === "alive" && other.state !== "killed" && this.reaches(process.id, other.id)) return;
    if (process.state === "alive" && other.state === "paused") return;
    process.session = null;
    if (other.state === "alive") session.end.close();
    if (process.state === "alive") this.tellBroken(process, other, session.epoch);
  }

  private dial(process: BrokerProcess): void {
    if (process.state !== "alive" || process.session !== null) return;
    const named = process.controller?.controllerId ?? this.activeController();
    if (named < 0 || named === process.id) return;
    const other = this.processes.get(named);
    if (other === undefined || !this.reaches(process.id, named)) {
      if (other !== undefined) this.tellBroken(process, other, 0);
      return;
    }
    if (other.state !== "alive" || other.controller === null) return;
    const { id, brokerEpoch, incarnation } = process;
    const opened = other.controller.sessionOpened(
      { brokerId: id, brokerEpoch, incarnation },
      {
        end: (reason) => {
          process.endedSessions.push(reason);
          const ended = process.session;
          process.session = null;
          if (ended !== null && process.state === "alive") this.tellBroken(process, other, ended.epoch);
        },
        withoutZooKeeper: (sinceMs) => {
          process.withoutZooKeeperMs = sinceMs;
          process.controller?.controllerWithoutZooKeeper(aboutOf(other, opened), sinceMs);
        },
      },
    );
    if ("refused" in opened) return;
    process.session = { with: other, epoch: opened.controllerEpoch, end: opened };
    process.controller?.controllerSessionOpened(aboutOf(other, opened));
  }

  private tellBroken(process: BrokerProcess, other: BrokerProcess, controllerEpoch: number): void {
    process.controller?.controllerSessionBroken({
      controllerId: other.id,
      controllerEpoch,
      incarnation: other.incarnation,
    });
  }

  private activeController(): number {
    for (const { id, state, controller } of this.processes.values()) {
      if (state === "alive" && controller?.isActive === true) return id;
    }
    return -1;
  }

  private reaches(a: number, b: number): boolean {
    return !this.cuts.has(linkOf(a, b)) && this.processes.get(b)?.state === "alive";
  }
}

/** The keys of a registration that name a process. */
export function ottlaKeys(process: BrokerProcess, torn: boolean): NonNullable<RegisteredBroker["ottla"]> {
  return {
    rpc: `127.0.0.1:${59_091 + process.id}`,
    directories: process.directories,
    bootId: "boot",
    pidNamespace: null,
    pid: 1,
    startTime: null,
    incarnation: process.incarnation,
    torn,
  };
}

function aboutOf({ id, incarnation }: BrokerProcess, session: ControllerSession | SessionRefused) {
  return { controllerId: id, controllerEpoch: "refused" in session ? 0 : session.controllerEpoch, incarnation };
}

function linkOf(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}
