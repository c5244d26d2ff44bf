import { silentLogger, systemClock, systemRandom } from "@ottla/runtime";
import { MemoryCoordination } from "../memory/memory-coordination";
import { MemoryEnsemble } from "../memory/memory-ensemble";
import type { Coordination } from "../port";
import { ZooKeeperCoordination } from "../zookeeper/zookeeper-coordination";
import { endSession } from "./end-session";
import { FaultyProxy } from "./faulty-proxy";
import { ZooKeeperServer } from "./zookeeper-server";

/** An ensemble and the faults that every adapter must stand: what the contract suite is run against. */
export interface EnsembleUnderTest {
  connect(): Promise<Coordination>;
  /** Breaks the connection and lets no other come to be, until `reconnect`. */
  disconnect(session: Coordination): void;
  reconnect(session: Coordination): void;
  /** Ends the session on the ensemble's side. */
  expire(session: Coordination): Promise<void>;
  /** The next request is carried out, but its reply does not arrive. */
  loseNextReply(session: Coordination): void;
  close(): Promise<void>;
}

/** Long enough that a busy machine does not lose sessions by itself. */
export const SESSION_TIMEOUT_MS = 2500;
export const CONNECTION_TIMEOUT_MS = 1500;

export function memoryUnderTest(): Promise<EnsembleUnderTest> {
  const ensemble = new MemoryEnsemble({ clock: systemClock });
  const ours = (session: Coordination): MemoryCoordination => {
    if (session instanceof MemoryCoordination) return session;
    throw new Error("not a session of this ensemble");
  };
  return Promise.resolve({
    connect: () =>
      ensemble.connect({ sessionTimeoutMs: SESSION_TIMEOUT_MS, connectionTimeoutMs: CONNECTION_TIMEOUT_MS }),
    disconnect: (session) => ensemble.disconnect(ours(session)),
    reconnect: (session) => ensemble.reconnect(ours(session)),
    expire: (session) => Promise.resolve(ensemble.expire(ours(session))),
    loseNextReply: (session) => ensemble.loseNextReply(ours(session)),
    close: () => Promise.resolve(),
  });
}

/** A real server, and for each client a proxy of its own in which the faults happen. */
export async function zooKeeperUnderTest(): Promise<EnsembleUnderTest> {
  const server = await ZooKeeperServer.start();
  const proxies = new Map<Coordination, FaultyProxy>();
  const proxyOf = (session: Coordination): FaultyProxy => {
    const proxy = proxies.get(session);
    if (proxy === undefined) throw new Error("not a session of this ensemble");
    return proxy;
  };
  return {
    async connect() {
      const proxy = await FaultyProxy.start(server.port);
      const session = await ZooKeeperCoordination.connect({
        connectString: proxy.connectString,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
      });
      proxies.set(session, proxy);
      return session;
    },
    disconnect: (session) => proxyOf(session).refuse(),
    reconnect: (session) => proxyOf(session).heal(),
    async expire(session) {
      const granted = proxyOf(session).session;
      if (granted === null) throw new Error("no session was seen to be granted");
      // Left to itself the client would take its session back before it is closed.
      proxyOf(session).refuse();
      await endSession(server.port, granted, 5000);
      proxyOf(session).heal();
    },
    loseNextReply: (session) => proxyOf(session).loseNextReply(),
    async close() {
      for (const [session, proxy] of proxies) {
        await session.close();
        await proxy.close();
      }
      await server.close();
    },
  };
}
