import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endSession, findZooKeeper, HOW_TO_GET_ZOOKEEPER, zooKeeperMode } from "@ottla/coordination";
import { ManagedProcess } from "../managed-process";
import { until } from "../until";
import type { EnsembleControl } from "./cluster-under-test";
import type { Network, Place } from "./network";
import { ProcessNodes } from "./process-nodes";
import { sessionPassword } from "./session-password";

/** An ensemble of one or three real ZooKeepers, named `zk1` and so on. */
export class ZooKeeperNodes extends ProcessNodes<string> implements EnsembleControl {
  private constructor(
    private readonly members: ReadonlyMap<string, Member>,
    classpath: string,
  ) {
    super(
      [...members.keys()],
      async (name) => {
        const { folder: at, place } = this.member(name);
        const args = [
          ...JAVA_FLAGS,
          `-Dlog4j.configuration=file:${join(at, "log4j.properties")}`,
          "-cp",
          classpath,
          "org.apache.zookeeper.server.quorum.QuorumPeerMain",
          join(at, "zoo.cfg"),
        ];
        return ManagedProcess.start({ ...place.command("java", args), logFile: join(at, "zookeeper.log") });
      },
      async (name, process) => {
        // Alone, a member of an ensemble answers only once a majority is there.
        await until(`${name} serves (its log: ${process.logFile})`, START_TIMEOUT_MS, async () => {
          if (!process.running) throw new Error(`${name} ended before it served:\n${process.output.slice(-2000)}`);
          return (await this.modeOf(name)) !== null;
        });
      },
    );
  }

  /** Makes the ensemble's files and starts it. */
  static async start(folder: string, count: number, network: Network): Promise<ZooKeeperNodes> {
    const installation = findZooKeeper();
    if (installation === null) throw new Error(HOW_TO_GET_ZOOKEEPER);
    const members: Member[] = [];
    for (let id = 1; id <= count; id++) {
      const name = `zk${id}`;
      const place = await network.place(name);
      const ports = { client: await place.port(2181), peer: await place.port(2888), election: await place.port(3888) };
      members.push({ id, name, folder: join(folder, name), place, ...ports });
    }
    for (const member of members) writeFiles(member, members);
    const nodes = new ZooKeeperNodes(new Map(members.map((member) => [member.name, member])), installation.classpath);
    try {
      await nodes.startAll();
    } catch (failure) {
      await nodes.close();
      throw failure;
    }
    return nodes;
  }

  get connectString(): string {
    return this.addresses.map(({ host, port }) => `${host}:${port}`).join(",");
  }

  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return [...this.members.values()].map(({ place, client }) => ({ host: place.host, port: client }));
  }

  async modeOf(name: string): Promise<string | null> {
    const { place, client } = this.member(name);
    return zooKeeperMode(client, place.host);
  }

  async endSession(id: bigint): Promise<void> {
    for (const [name, { place, client }] of this.members) {
      if ((await this.modeOf(name)) === null) continue;
      await endSession(client, { id, password: sessionPassword(id) }, END_SESSION_MS, place.host);
      return;
    }
    throw new Error(`nobody serves who could end session ${id.toString(16)}`);
  }

  private member(name: string): Member {
    const found = this.members.get(name);
    if (found === undefined) throw new Error(`there is no ZooKeeper ${name}`);
    return found;
  }
}

interface Member {
  readonly id: number;
  readonly name: string;
  readonly place: Place;
  readonly folder: string;
  readonly client: number;
  readonly peer: number;
  readonly election: number;
}

function writeFiles(member: Member, members: readonly Member[]): void {
  const data = join(member.folder, "data");
  mkdirSync(data, { recursive: true });
  const ensemble =
    members.length === 1
      ? []
      : members
          .map(({ id, place, peer, election }) => `server.${id}=${place.host}:${peer}:${election}`)
          .concat("initLimit=20", "syncLimit=10");
  const config = [
    "tickTime=1000",
    `dataDir=${data}`,
    `clientPort=${member.client}`,
    `clientPortAddress=${member.place.host}`,
    "admin.enableServer=false",
    "4lw.commands.whitelist=srvr",
    "maxClientCnxns=0",
    "minSessionTimeout=2000",
    "maxSessionTimeout=60000",
    ...ensemble,
  ];
  writeFileSync(join(data, "myid"), `${member.id}\n`);
  writeFileSync(join(member.folder, "zoo.cfg"), `${config.join("\n")}\n`);
  const log4j = [
    "log4j.rootLogger=INFO, CONSOLE",
    "log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender",
    "log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout",
    "log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} %-5p %c{1}: %m%n",
  ];
  writeFileSync(join(member.folder, "log4j.properties"), `${log4j.join("\n")}\n`);
}

const JAVA_FLAGS = [
  "-Xms64m",
  "-Xmx256m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Dzookeeper.jmx.log4j.disable=true",
  "-Dzookeeper.admin.enableServer=false",
];
const START_TIMEOUT_MS = 60_000;
const END_SESSION_MS = 5_000;
