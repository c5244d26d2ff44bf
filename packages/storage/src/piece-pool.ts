/**
 * Buffers of one size for reading files. Memory that was touched before is four times as fast to read into as fresh pages
 * (a fresh megabyte costs some 200 us), so buffers come back after use.
 */
export class PiecePool {
  private readonly free: Buffer[] = [];

  /** @param freeMax how many idle ones are kept; more than that go to the garbage collector */
  constructor(
    readonly pieceBytes: number,
    private readonly freeMax: number,
  ) {}

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.pieceBytes);
  }

  /** The taker is done with it and with every slice of it. */
  giveBack(piece: Buffer): void {
    if (this.free.length < this.freeMax) this.free.push(piece);
  }
}

/** For records on their way to a socket, and for reading a log through. A synchronous read is never larger. */
export const largePieces = new PiecePool(256 * 1024, 64);
/** For a look at a few batch headers. */
export const smallPieces = new PiecePool(8 * 1024, 16);
