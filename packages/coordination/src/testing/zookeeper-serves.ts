import { connect } from "node:net";

/** Asks a server whether it serves: one that is loading, or has no majority, has no mode. */
export async function zooKeeperServes(port: number, host?: string): Promise<boolean> {
  return (await zooKeeperMode(port, host)) !== null;
}

/**
 * What a server is: `leader`, `follower` or `standalone`; null while it does not serve, or is not there.
 *
 * A command that arrives while it loads is never answered and its socket never closed, so each try has its own time limit.
 */
export function zooKeeperMode(port: number, host = "127.0.0.1"): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = "";
    const done = () => {
      socket.destroy();
      resolve(/^Mode: (\w+)/m.exec(answer)?.[1] ?? null);
    };
    socket.setTimeout(250, done);
    socket.on("connect", () => socket.write("srvr"));
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("close", done);
    // A refused connection ends in `close` too: the server is not there yet.
    socket.on("error", () => socket.destroy());
  });
}
