import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findZooKeeper, HOW_TO_GET_ZOOKEEPER, zooKeeperServes } from "@ottla/coordination";
import { freePort } from "../free-port";
import { ManagedProcess } from "../managed-process";
import { until } from "../until";
import { ProcessNodes } from "./process-nodes";

/** An ensemble of one or three real ZooKeepers, named `zk1` and so on. */
export interface ZooKeeperNodes {
  readonly connectString: string;
  readonly nodes: ProcessNodes<string>;
}

/** Makes the ensemble's files and starts it. */
export async function startZooKeepers(folder: string, count: number): Promise<ZooKeeperNodes> {
  const installation = findZooKeeper();
  if (installation === null) throw new Error(HOW_TO_GET_ZOOKEEPER);
  const members: Member[] = [];
  for (let id = 1; id <= count; id++) {
    const ports = { client: await freePort(), peer: await freePort(), election: await freePort() };
    members.push({ id, name: `zk${id}`, folder: join(folder, `zk${id}`), ...ports });
  }
  for (const member of members) writeFiles(member, members);
  const byName = new Map(members.map((member) => [member.name, member]));
  const member = (name: string): Member => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`there is no ZooKeeper ${name}`);
    return found;
  };
  const nodes = new ProcessNodes<string>(
    members.map(({ name }) => name),
    async (name) => {
      const at = member(name).folder;
      return ManagedProcess.start({
        command: "java",
        args: [
          ...JAVA_FLAGS,
          `-Dlog4j.configuration=file:${join(at, "log4j.properties")}`,
          "-cp",
          installation.classpath,
          "org.apache.zookeeper.server.quorum.QuorumPeerMain",
          join(at, "zoo.cfg"),
        ],
        logFile: join(at, "zookeeper.log"),
      });
    },
    async (name, process) => {
      // Alone, a member of an ensemble answers only once a majority is there.
      await until(`${name} serves (its log: ${process.logFile})`, START_TIMEOUT_MS, async () => {
        if (!process.running) throw new Error(`${name} ended before it served:\n${process.output.slice(-2000)}`);
        return zooKeeperServes(member(name).client);
      });
    },
  );
  try {
    await nodes.startAll();
  } catch (failure) {
    await nodes.close();
    throw failure;
  }
  return { connectString: members.map(({ client }) => `127.0.0.1:${client}`).join(","), nodes };
}

interface Member {
  readonly id: number;
  readonly name: string;
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
          .map(({ id, peer, election }) => `server.${id}=127.0.0.1:${peer}:${election}`)
          .concat("initLimit=20", "syncLimit=10");
  const config = [
    "tickTime=1000",
    `dataDir=${data}`,
    `clientPort=${member.client}`,
    "clientPortAddress=127.0.0.1",
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
