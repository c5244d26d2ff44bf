import { connect } from "node:net";

/**
 * Asks the server on a port of this machine whether it serves: one that is loading, or has no majority, gives no mode.
 *
 * A command that arrives while it loads is never answered and its socket never closed, so each try has its own time limit.
 */
export function zooKeeperServes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let answer = "";
    const done = () => {
      socket.destroy();
      resolve(answer.includes("Mode:"));
    };
    socket.setTimeout(250, done);
    socket.on("connect", () => socket.write("srvr"));
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("close", done);
    // A refused connection ends in `close` too: the server is not there yet.
    socket.on("error", () => socket.destroy());
  });
}
