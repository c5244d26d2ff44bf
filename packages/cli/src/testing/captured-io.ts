import { PassThrough, Readable, Writable } from "node:stream";
import type { Command, Io } from "../io";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, on what it is given for standard input. */
export async function ran(
  command: Command,
  argv: readonly string[],
  options: {
    readonly stdin?: string | Buffer | Readable;
    readonly signal?: AbortSignal;
    readonly stdout?: Writable;
  } = {},
): Promise<Ran> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  const { stdin = "", signal = new AbortController().signal } = options;
  const io: Io = {
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]),
    stdout: options.stdout ?? stdout,
    stderr,
    signal,
  };
  const code = await command.run(argv, io);
  await Promise.all([stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.end(resolve))));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A standard input that a spec types into. */
export function typing(): PassThrough & { isTTY?: boolean } {
  return new PassThrough();
}

class Collector extends Writable {
  private readonly chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    // Not at once, as a real reader is not.
    setImmediate(done);
  }
}
