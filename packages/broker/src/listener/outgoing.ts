import type { Clock, StreamSocket } from "@ottla/runtime";

/** Answers under this size are joined into one buffer: one copy is cheaper than one more vector. */
const SMALL_BYTES = 4096;

/**
 * The answers on their way to one socket, written once a tick: a write for each costs eight times as much.
 */
export class Outgoing {
  private chunks: Buffer[] = [];
  private releases: (() => void)[] = [];
  private scheduled = false;
  private tickBytes = 0;

  constructor(
    private readonly socket: StreamSocket,
    private readonly clock: Clock,
  ) {}

  /** Bytes that the kernel has not yet taken. */
  get pendingBytes(): number {
    return this.socket.writableLength + this.tickBytes;
  }

  /** @param releases called once the kernel has the bytes, or the socket is gone */
  add(chunks: readonly Buffer[], releases: readonly (() => void)[]): void {
    for (const chunk of chunks) {
      this.chunks.push(chunk);
      this.tickBytes += chunk.length;
    }
    for (const release of releases) this.releases.push(release);
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.afterTick(() => this.flush());
  }

  flush(): void {
    this.scheduled = false;
    const { chunks, releases } = this;
    if (chunks.length === 0) return;
    this.chunks = [];
    this.releases = [];
    this.tickBytes = 0;
    const done = releases.length === 0 ? undefined : () => releaseAll(releases);
    if (this.socket.destroyed) {
      done?.();
      return;
    }
    if (chunks.length === 1) this.socket.write(chunks[0]!, done);
    else if (chunks.every((chunk) => chunk.length < SMALL_BYTES)) this.socket.write(Buffer.concat(chunks), done);
    else {
      this.socket.cork();
      for (let i = 0; i < chunks.length - 1; i++) this.socket.write(chunks[i]!);
      this.socket.write(chunks[chunks.length - 1]!, done);
      this.socket.uncork();
    }
  }

  /** The socket is gone: lets go of what was not yet written. */
  discard(): void {
    this.chunks = [];
    this.tickBytes = 0;
    releaseAll(this.releases);
    this.releases = [];
  }
}

function releaseAll(releases: readonly (() => void)[]): void {
  for (const release of releases) release();
}
