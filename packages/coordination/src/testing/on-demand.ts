import type * as ending from "./end-session";
import type * as proxy from "./faulty-proxy";
import type * as installation from "./zookeeper-installation";
import type * as server from "./zookeeper-server";
import type * as serves from "./zookeeper-serves";

/*
 * What specs, the harness and scripts take from this package beside the ensemble itself. A broker loads this package too, and starts no
 * ZooKeeper: each of these is loaded when it is first called.
 */

export type ZooKeeperServer = server.ZooKeeperServer;
export type FaultyProxy = proxy.FaultyProxy;

/** @see the class of this name in `zookeeper-server.ts` */
export const ZooKeeperServer = {
  start: (options?: server.ZooKeeperServerOptions): Promise<ZooKeeperServer> =>
    (require("./zookeeper-server") as typeof server).ZooKeeperServer.start(options),
};

/** @see the class of this name in `faulty-proxy.ts` */
export const FaultyProxy = {
  start: (targetPort: number): Promise<FaultyProxy> =>
    (require("./faulty-proxy") as typeof proxy).FaultyProxy.start(targetPort),
};

/** @see the function of this name in `zookeeper-installation.ts` */
export function findZooKeeper(env?: NodeJS.ProcessEnv): installation.ZooKeeperInstallation | null {
  return (require("./zookeeper-installation") as typeof installation).findZooKeeper(env);
}

/** @see the function of this name in `zookeeper-serves.ts` */
export function zooKeeperServes(port: number, host?: string): Promise<boolean> {
  return (require("./zookeeper-serves") as typeof serves).zooKeeperServes(port, host);
}

/** @see the function of this name in `zookeeper-serves.ts` */
export function zooKeeperMode(port: number, host?: string): Promise<string | null> {
  return (require("./zookeeper-serves") as typeof serves).zooKeeperMode(port, host);
}

/** @see the function of this name in `end-session.ts` */
export function endSession(...args: Parameters<typeof ending.endSession>): Promise<void> {
  return (require("./end-session") as typeof ending).endSession(...args);
}
