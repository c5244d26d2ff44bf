import { type ClusterServices, InProcessNetwork, type SessionStream } from "@ottla/cluster-rpc";
import type {
  AlterPartitionReply,
  BrokerCommand,
  BrokerReply,
  ControllerSession,
  IsrProposal,
  SessionHello,
  SessionPeer,
  SessionRefused,
} from "@ottla/controller";
import { SeededRandom, SimulatedClock, silentLogger } from "@ottla/runtime";
import { ControllerLink } from "./controller-link";
import { CommandUnanswered, SessionServer } from "./session-server";

const CONTROLLER = 1;
const BROKER = 2;
const standing = new AbortController().signal;
const command: BrokerCommand = {
  kind: "updateMetadata",
  controllerId: CONTROLLER,
  controllerEpoch: 7,
  brokerEpoch: 40n,
  brokers: [],
  partitions: [],
  full: true,
};
const proposal: IsrProposal = {
  topic: "orders",
  topicId: "AAAAAAAAAAAAAAAAAAAAAQ",
  partition: 0,
  leaderEpoch: 5,
  partitionEpoch: 3,
  isr: [{ brokerId: 2, brokerEpoch: -1n }],
  recovering: false,
};

/** The controller's decisions about sessions, as a spec makes them. */
class PlayedController {
  isActive = true;
  epoch = 7;
  readonly controllerId = CONTROLLER;
  refusing: SessionRefused["refused"] | null = null;
  readonly hellos: SessionHello[] = [];
  readonly ended: string[] = [];
  readonly proposals: (readonly IsrProposal[])[] = [];
  readonly replies: ((reply: AlterPartitionReply) => void)[] = [];
  peer: SessionPeer | null = null;

  sessionOpened(hello: SessionHello, peer: SessionPeer): ControllerSession | SessionRefused {
    this.hellos.push(hello);
    if (this.refusing !== null) return { refused: this.refusing };
    this.peer = peer;
    return {
      controllerId: CONTROLLER,
      controllerEpoch: this.epoch,
      alterPartition: ({ partitions }) => {
        this.proposals.push(partitions);
        return new Promise((resolve) => this.replies.push(resolve));
      },
      close: () => void this.ended.push(hello.incarnation),
    };
  }
}

/** A broker and a controller in processes of their own, on one network. */
class Pair {
  readonly clock = new SimulatedClock();
  readonly network = new InProcessNetwork({ clock: this.clock, logger: silentLogger });
  readonly controller = new PlayedController();
  readonly server = new SessionServer({
    brokerId: CONTROLLER,
    incarnation: "controller-process",
    own: () => Promise.resolve(DONE),
    logger: silentLogger,
  });
  readonly told: string[] = [];
  brokerEpoch = 40n;
  reply: (command: BrokerCommand) => Promise<BrokerReply> = () => Promise.resolve(DONE);
  readonly obeyed: BrokerCommand[] = [];
  readonly link: ControllerLink;

  constructor() {
    this.link = new ControllerLink({
      brokerId: BROKER,
      brokerEpoch: () => this.brokerEpoch,
      incarnation: "broker-process",
      controller: {
        sessionOpened: () => ({ refused: "NOT_CONTROLLER" }),
        controllerSessionOpened: ({ controllerEpoch, incarnation }) =>
          void this.told.push(`opened with ${incarnation} in ${controllerEpoch}`),
        controllerSessionBroken: ({ controllerEpoch }) => void this.told.push(`broken, was in ${controllerEpoch}`),
        controllerWithoutZooKeeper: (_, sinceMs) => void this.told.push(`without ZooKeeper: ${sinceMs}`),
        brokerAnswered: () => {},
      },
      transport: this.network.transport("broker"),
      addresses: {
        find: () => Promise.resolve({ address: { host: "controller", port: 9000 }, incarnation: "controller-process" }),
      },
      receiver: {
        take: (taken) => {
          this.obeyed.push(taken);
          return this.reply(taken);
        },
      },
      clock: this.clock,
      random: new SeededRandom(1),
      logger: silentLogger,
      onOpened: () => void this.told.push("propose again"),
      onLost: () => void this.told.push("lost"),
      onAnswered: () => void this.told.push("answered"),
    });
    this.server.hostedBy(this.controller);
  }

  async listen(): Promise<void> {
    const services = { session: (stream: SessionStream) => this.server.accept(stream) } as ClusterServices;
    await this.network.transport("controller").serve({ host: "controller", port: 9000 }, services);
  }

  async open(): Promise<void> {
    await this.listen();
    this.link.follow(CONTROLLER);
    await this.pass(0);
    this.told.splice(0);
  }

  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }
}

const DONE: BrokerReply = { error: "NONE", partitionErrors: [] };

let pair: Pair;
beforeEach(() => {
  pair = new Pair();
});
afterEach(async () => {
  pair.link.close();
  pair.server.close();
  await pair.pass(10_000);
});

describe("a broker that hears who is controller", () => {
  it("opens its session there, under its broker epoch, and has its leaders propose again", async () => {
    await pair.listen();
    pair.link.follow(CONTROLLER);
    await pair.pass(0);
    expect(pair.controller.hellos).toEqual([
      expect.objectContaining({ brokerId: BROKER, brokerEpoch: 40n, incarnation: "broker-process" }),
    ]);
    expect(pair.told).toEqual(["opened with controller-process in 7", "answered", "propose again"]);
    expect(pair.link.isOpen).toBe(true);
  });

  it("asks again every 50 ms while the other does not know of its duty yet", async () => {
    pair.controller.refusing = "NOT_CONTROLLER";
    await pair.listen();
    pair.link.follow(CONTROLLER);
    await pair.pass(120);
    expect(pair.controller.hellos).toHaveLength(3);
    expect(pair.told.filter((event) => event.startsWith("broken"))).toEqual([]);
    pair.controller.refusing = null;
    await pair.pass(50);
    expect(pair.link.isOpen).toBe(true);
  });

  it("says each time that it cannot reach it, and dials on: at once, then 50 ms later and ever longer, up to a second", async () => {
    pair.link.follow(CONTROLLER);
    const dialsWithin = async (ms: number): Promise<number> => {
      pair.told.splice(0);
      await pair.pass(ms);
      return pair.told.filter((event) => event.startsWith("broken")).length;
    };
    expect(await dialsWithin(30)).toBe(2);
    await pair.pass(10_000);
    const late = await dialsWithin(10_000);
    expect(late).toBeGreaterThanOrEqual(8);
    expect(late).toBeLessThanOrEqual(14);
  });

  it("opens it anew when it has registered again: what the old epoch said is void (rule 53)", async () => {
    await pair.open();
    pair.brokerEpoch = 41n;
    pair.link.renew();
    await pair.pass(0);
    expect(pair.controller.hellos.map(({ brokerEpoch }) => brokerEpoch)).toEqual([40n, 41n]);
    expect(pair.controller.ended).toHaveLength(1);
  });
});

describe("a command", () => {
  it("reaches the broker whole, and its reply comes back", async () => {
    await pair.open();
    pair.reply = () =>
      Promise.resolve({
        error: "NONE",
        partitionErrors: [{ topic: "orders", partition: 1, error: "FENCED_LEADER_EPOCH" }],
      });
    const reply = pair.server.send(BROKER, command, standing);
    await pair.pass(0);
    expect(pair.obeyed).toEqual([command]);
    expect(await reply).toEqual({
      error: "NONE",
      partitionErrors: [{ topic: "orders", partition: 1, error: "FENCED_LEADER_EPOCH" }],
    });
  });

  it("that the broker fails at is answered so that it comes again", async () => {
    await pair.open();
    pair.reply = () => Promise.reject(new Error("no contact with the ensemble"));
    const reply = pair.server.send(BROKER, command, standing);
    await pair.pass(0);
    expect(await reply).toMatchObject({ error: "UNKNOWN_SERVER_ERROR" });
  });

  it("is unanswered when the session ends first", async () => {
    await pair.open();
    pair.reply = () => new Promise(() => {});
    const unanswered = expect(pair.server.send(BROKER, command, standing)).rejects.toThrow(CommandUnanswered);
    await pair.pass(0);
    pair.network.kill("broker");
    await pair.pass(0);
    await unanswered;
  });

  it("cannot leave without a session", async () => {
    await expect(pair.server.send(BROKER, command, standing)).rejects.toThrow(CommandUnanswered);
  });

  it("is given up when the controller's duty ends", async () => {
    await pair.open();
    pair.reply = () => new Promise(() => {});
    const duty = new AbortController();
    const given = expect(pair.server.send(BROKER, command, duty.signal)).rejects.toThrow();
    await pair.pass(0);
    duty.abort();
    await given;
  });
});

describe("a session that breaks", () => {
  it("is told on both sides at once, and opened again at once", async () => {
    await pair.open();
    pair.network.refuse("broker", "controller");
    await pair.pass(0);
    expect(pair.told.slice(0, 2)).toEqual(["lost", "broken, was in 7"]);
    expect(pair.controller.ended).toEqual(["broker-process"]);
    pair.network.heal("broker", "controller");
    await pair.pass(200);
    expect(pair.link.isOpen).toBe(true);
    expect(pair.told.slice(-3)).toEqual(["opened with controller-process in 7", "answered", "propose again"]);
  });

  it("settles no proposal that was under way on it, and its late answer is nobody's (rules 24, 25)", async () => {
    await pair.open();
    const unsettled = pair.link.alterPartition([proposal]);
    await pair.pass(0);
    expect(pair.controller.proposals).toEqual([[proposal]]);
    pair.network.refuse("broker", "controller");
    await pair.pass(0);
    expect(await unsettled).toBeNull();
    pair.network.heal("broker", "controller");
    await pair.pass(200);
    pair.told.splice(0);
    pair.controller.replies[0]?.({ error: "NONE", controllerEpoch: 7, partitions: [] });
    await pair.pass(0);
    expect(pair.told).toEqual([]);
  });

  it("because the controller ends it, is asked for again", async () => {
    await pair.open();
    pair.controller.peer?.end("the duty is over");
    await pair.pass(0);
    expect(pair.told).toContain("broken, was in 7");
    await pair.pass(100);
    expect(pair.controller.hellos.length).toBeGreaterThan(1);
  });
});

describe("a proposal", () => {
  it("is answered on its session, with the epoch of the controller that answers (rule 5)", async () => {
    await pair.open();
    const answer = pair.link.alterPartition([proposal]);
    await pair.pass(0);
    const outcome = { ...proposal, error: "NONE", leader: 2, isr: [2], partitionEpoch: 4 } as const;
    pair.controller.replies[0]?.({ error: "NONE", controllerEpoch: 7, partitions: [outcome] });
    await pair.pass(0);
    expect(await answer).toEqual({ error: "NONE", controllerEpoch: 7, partitions: [outcome] });
  });

  it("without a session settles nothing", async () => {
    expect(await pair.link.alterPartition([proposal])).toBeNull();
  });
});

describe("a controller that stands", () => {
  it("answers a ping, which tells a broker after a pause that its word still holds (rule 18)", async () => {
    await pair.open();
    pair.link.ping();
    await pair.pass(0);
    expect(pair.told).toEqual(["answered"]);
  });

  it("says when it is without ZooKeeper, and when it is back (rule 47)", async () => {
    await pair.open();
    pair.controller.peer?.withoutZooKeeper(2500);
    pair.controller.peer?.withoutZooKeeper(null);
    await pair.pass(0);
    expect(pair.told).toEqual(["without ZooKeeper: 2500", "without ZooKeeper: null"]);
  });
});

describe("a controller that takes the connection and says nothing", () => {
  it("is dialled anew after three seconds", async () => {
    let accepted = 0;
    const services = { session: () => void accepted++ } as Partial<ClusterServices> as ClusterServices;
    await pair.network.transport("controller").serve({ host: "controller", port: 9000 }, services);
    pair.link.follow(CONTROLLER);
    await pair.pass(2900);
    expect(accepted).toBe(1);
    await pair.pass(200);
    expect(accepted).toBe(2);
    expect(pair.told).toContain("broken, was in 0");
  });
});
