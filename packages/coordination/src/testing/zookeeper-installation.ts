import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export { HOW_TO_GET_ZOOKEEPER } from "./missing-zookeeper";

/** Where a ZooKeeper is installed on this machine. It is started with plain `java`: the packaged scripts write where they please. */
export interface ZooKeeperInstallation {
  readonly home: string;
  /** For `java -cp`. */
  readonly classpath: string;
}

/**
 * Looks, in this order, at `ZOOKEEPER_HOME`, at a `zkServer.sh` on the PATH, and at the places of Debian's package.
 *
 * @returns null when there is none; `HOW_TO_GET_ZOOKEEPER` says what to do about it
 */
export function findZooKeeper(env: NodeJS.ProcessEnv = process.env): ZooKeeperInstallation | null {
  const homes = [env["ZOOKEEPER_HOME"], ...homesOnPath(env["PATH"] ?? "")];
  for (const home of homes) {
    if (home === undefined || home === "") continue;
    const jars = [join(home, "lib"), home].filter((folder) => existsSync(folder));
    if (existsSync(join(home, "lib")))
      return { home, classpath: jars.map((folder) => join(folder, "*")).join(delimiter) };
  }
  if (DEBIAN_JARS.every((jar) => existsSync(jar)))
    return { home: "/usr/share/java", classpath: DEBIAN_JARS.join(delimiter) };
  return null;
}

/** Without the log4j binding the server would run but say nothing at all. */
const DEBIAN_JARS = ["zookeeper.jar", "slf4j-log4j12.jar", "log4j-1.2.jar"].map((jar) => `/usr/share/java/${jar}`);

function homesOnPath(path: string): string[] {
  return path
    .split(delimiter)
    .map((folder) => join(folder, "zkServer.sh"))
    .filter((script) => existsSync(script))
    .map((script) => dirname(dirname(realpathSync(script))));
}
