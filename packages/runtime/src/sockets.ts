/**
 * Byte streams between processes, as TCP and `node:net` have them: what servers and clients of Kafka's protocol ask of their world.
 * Production passes `nodeSockets`, the simulated cluster sockets of its own network.
 */
export interface Sockets {
  /** Begins to connect. The socket says `connect`, or `error` and `close`. */
  connect(address: { readonly host: string; readonly port: number }): StreamSocket;

  /**
   * Listens.
   *
   * @param onConnection told of each connection accepted; a socket is read once somebody listens to its `data`
   * @throws the system's error, with its `code` (EADDRINUSE), when the address cannot be had
   */
  listen(options: ListenOptions, onConnection: (socket: StreamSocket) => void): Promise<StreamServer>;

  /** The addresses behind a host name; none when it is not known, or nobody is there to ask. Never rejects. */
  addressesOf(host: string): Promise<readonly string[]>;
}

export interface ListenOptions {
  /** Every interface when left out. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  /** The other side is asked whether it still lives after so long a silence. Milliseconds. */
  readonly keepAliveDelayMs: number;
}

export interface StreamServer {
  readonly port: number;
  onError(listener: (error: Error) => void): void;
  /** Accepts no more. Resolves once every connection has ended. */
  close(): Promise<void>;
}

/** One end of a connection: the part of `net.Socket` that is used here, with its meaning. */
export interface StreamSocket {
  readonly destroyed: boolean;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes written that the system has not yet taken. */
  readonly writableLength: number;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect" | "drain" | "end" | "close", listener: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
  once(event: "connect" | "drain" | "end" | "close", listener: () => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  removeAllListeners(): unknown;
  setNoDelay(noDelay?: boolean): unknown;
  /** @returns false when the other side is slower than the writer: `drain` says when there is room again */
  write(chunk: Buffer, taken?: (error?: Error | null) => void): boolean;
  cork(): void;
  uncork(): void;
  isPaused(): boolean;
  pause(): unknown;
  resume(): unknown;
  /** Ends the stream once what was written has left. */
  end(): unknown;
  /** As `end`, and lets go of the socket then. */
  destroySoon(): void;
  destroy(): unknown;
}
