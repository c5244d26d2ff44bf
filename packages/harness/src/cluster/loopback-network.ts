import { freePort } from "../free-port";
import type { Network, Place } from "./network";

/** All nodes on 127.0.0.1, each on ports of its own. */
export const loopbackNetwork: Network = {
  clientHost: "127.0.0.1",
  faults: null,
  place: async () => onLoopback,
  close: async () => undefined,
};

const onLoopback: Place = {
  host: "127.0.0.1",
  async port() {
    for (;;) {
      const port = await freePort();
      // The broker's own port for gRPC lies 10,000 above, which must still be a port.
      if (port <= 65_535 - 10_000) return port;
    }
  },
  command: (command, args) => ({ command, args }),
};
