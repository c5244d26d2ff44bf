/** Why a stream cannot be cut any further; the connection must be closed. */
export interface FrameSizeError {
  readonly kind: "NEGATIVE_SIZE" | "TOO_LARGE";
  readonly announcedSizeBytes: number;
}

export interface SplitFrames {
  /** Whole frames in order, without their sizes. */
  readonly frames: readonly Buffer[];
  /** Set once the stream has announced a frame that cannot be: what follows is not read. */
  readonly error: FrameSizeError | null;
}

/** What one frame that has only been announced may cost; from there on memory grows with the bytes that come. */
const INITIAL_BUFFER_BYTES = 64 * 1024;
/**
 * A frame of at most this length gets all of its memory once its first 64 KiB have come: producers' requests are about 1 MiB, and
 * growing to that by doubling would touch twice the memory.
 */
const GATHERED_AT_ONCE_BYTES = 2 * 1024 * 1024;
const SIZE_BYTES = 4;

/**
 * Cuts a byte stream into frames of an int32 size and that many bytes.
 *
 * A frame within one chunk is a subarray of it, so it keeps the whole chunk alive; a frame that crosses chunks is
 * gathered in a buffer of its own that ends up exactly as long as the frame.
 */
export class FrameSplitter {
  readonly #sizeMaxBytes: number;
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #sizeBytesHeld = 0;
  /** Of the frame being gathered; -1 while its size is not known. */
  #frameBytes = -1;
  #frame: Buffer = NOTHING;
  #frameBytesHeld = 0;
  #error: FrameSizeError | null = null;

  /** @param options.frameSizeBytesMax the largest frame to take, as `socket.request.max.bytes`; 0 and up */
  constructor(options: { readonly frameSizeBytesMax: number }) {
    this.#sizeMaxBytes = options.frameSizeBytesMax;
  }

  /** Memory held for the frame that is not whole yet, in bytes. */
  get bytesHeld(): number {
    return this.#frame.length + this.#sizeBytesHeld;
  }

  /** Takes the next chunk of the stream, and gives the frames that end in it. */
  push(chunk: Buffer): SplitFrames {
    const frames: Buffer[] = [];
    let position = 0;
    while (position < chunk.length && this.#error === null) {
      position = this.#frameBytes < 0 ? this.#readSize(chunk, position) : this.#readFrame(chunk, position, frames);
      if (this.#frameBytes === 0 && this.#error === null) this.#readFrame(chunk, position, frames);
    }
    return { frames, error: this.#error };
  }

  #readSize(chunk: Buffer, from: number): number {
    let position = from;
    if (this.#sizeBytesHeld === 0 && chunk.length - from >= SIZE_BYTES) {
      this.#announce(chunk.readInt32BE(from));
      return from + SIZE_BYTES;
    }
    while (position < chunk.length && this.#sizeBytesHeld < SIZE_BYTES) {
      this.#size[this.#sizeBytesHeld++] = chunk[position++]!;
    }
    if (this.#sizeBytesHeld === SIZE_BYTES) {
      this.#sizeBytesHeld = 0;
      this.#announce(this.#size.readInt32BE(0));
    }
    return position;
  }

  #announce(announcedSizeBytes: number): void {
    if (announcedSizeBytes < 0) this.#error = { kind: "NEGATIVE_SIZE", announcedSizeBytes };
    else if (announcedSizeBytes > this.#sizeMaxBytes) this.#error = { kind: "TOO_LARGE", announcedSizeBytes };
    else this.#frameBytes = announcedSizeBytes;
  }

  #readFrame(chunk: Buffer, from: number, frames: Buffer[]): number {
    const missing = this.#frameBytes - this.#frameBytesHeld;
    const available = chunk.length - from;
    if (this.#frameBytesHeld === 0 && available >= missing) {
      frames.push(chunk.subarray(from, from + missing));
      this.#frameBytes = -1;
      return from + missing;
    }
    const taken = Math.min(missing, available);
    this.#makeRoom(this.#frameBytesHeld + taken);
    chunk.copy(this.#frame, this.#frameBytesHeld, from, from + taken);
    this.#frameBytesHeld += taken;
    if (this.#frameBytesHeld === this.#frameBytes) {
      frames.push(this.#frame);
      this.#frame = NOTHING;
      this.#frameBytesHeld = 0;
      this.#frameBytes = -1;
    }
    return from + taken;
  }

  /** Grows in steps: what was announced is not believed before some of it has come. */
  #makeRoom(neededBytes: number): void {
    if (neededBytes <= this.#frame.length) return;
    const atOnce = this.#frameBytes <= GATHERED_AT_ONCE_BYTES && neededBytes > INITIAL_BUFFER_BYTES;
    const doubled = atOnce ? this.#frameBytes : Math.max(INITIAL_BUFFER_BYTES, this.#frame.length * 2, neededBytes);
    // Not from Node's pool: a frame would keep its neighbours alive.
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#frameBytes, doubled));
    this.#frame.copy(larger, 0, 0, this.#frameBytesHeld);
    this.#frame = larger;
  }
}

const NOTHING = Buffer.alloc(0);
