/**
 * Cuts a byte stream into lines at \n. Everything else is kept, \r too: what goes in must come out again.
 *
 * Lines share memory with the chunk they came in, unless they cross two.
 */
export class LineSplitter {
  private rest: Buffer[] = [];
  private restBytes = 0;

  /** @param lineBytesMax a bound on what is held for a line that has no end yet */
  constructor(private readonly lineBytesMax: number) {}

  /** The lines that end in this chunk, without their ends. @throws RangeError for a line that is too long */
  *push(chunk: Buffer): Generator<Buffer, void> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = chunk.subarray(from, end);
      from = end + 1;
      yield this.restBytes === 0 ? line : this.joined(line);
    }
    if (from === chunk.length) return;
    this.restBytes += chunk.length - from;
    if (this.restBytes > this.lineBytesMax) throw new RangeError(`a line is longer than ${this.lineBytesMax} bytes`);
    this.rest.push(chunk.subarray(from));
  }

  /** The last line, when the stream does not end in a line end; else null. */
  end(): Buffer | null {
    return this.restBytes === 0 ? null : this.joined(NOTHING);
  }

  private joined(line: Buffer): Buffer {
    const whole = Buffer.concat([...this.rest, line]);
    this.rest = [];
    this.restBytes = 0;
    return whole;
  }
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);
