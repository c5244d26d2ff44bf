import { type Disk, invariant } from "@ottla/runtime";
import { EntryFile } from "./entry-file";
import type { OpenFiles } from "./open-files";

const ENTRY_BYTES = 34;

/** An aborted transaction, from its first record in this partition to its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
  /** Offset of the ABORT marker. */
  readonly lastOffset: number;
  /** The last stable offset when the marker was written. A search for transactions below it need not go on. */
  readonly lastStableOffset: number;
}

/** A segment's `.txnindex`: the transactions whose ABORT marker lies in it, in the order of their markers. The file is made when there is one. */
export class TransactionIndex {
  readonly file: EntryFile;

  constructor(disk: Disk, path: string, openFiles: OpenFiles) {
    this.file = new EntryFile(disk, path, ENTRY_BYTES, openFiles);
  }

  get count(): number {
    return this.file.count;
  }

  append(transaction: AbortedTransaction): void {
    const { bytes, at } = this.file.append();
    bytes.writeInt16BE(0, at);
    bytes.writeBigInt64BE(transaction.producerId, at + 2);
    bytes.writeBigInt64BE(BigInt(transaction.firstOffset), at + 10);
    bytes.writeBigInt64BE(BigInt(transaction.lastOffset), at + 18);
    bytes.writeBigInt64BE(BigInt(transaction.lastStableOffset), at + 26);
  }

  entry(index: number): AbortedTransaction {
    const { bytes, at } = this.file.entry(index);
    invariant(bytes.length - at >= ENTRY_BYTES, () => `${this.file.path} has no entry ${index}`);
    return {
      producerId: bytes.readBigInt64BE(at + 2),
      firstOffset: Number(bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(bytes.readBigInt64BE(at + 18)),
      lastStableOffset: Number(bytes.readBigInt64BE(at + 26)),
    };
  }

  /**
   * Adds the transactions that touch [from, upTo) to `found`.
   *
   * @returns true when later segments cannot hold another one
   */
  collect(from: number, upTo: number, found: AbortedTransaction[]): boolean {
    for (let index = 0; index < this.count; index++) {
      const transaction = this.entry(index);
      if (transaction.lastOffset >= from && transaction.firstOffset < upTo) found.push(transaction);
      if (transaction.lastStableOffset >= upTo) return true;
    }
    return false;
  }

  /** Drops transactions whose marker lies at `offset` or beyond. */
  truncateTo(offset: number): void {
    let count = this.count;
    while (count > 0 && this.entry(count - 1).lastOffset >= offset) count--;
    if (count < this.count) this.file.truncate(count);
  }

  clear(): void {
    if (this.count > 0) this.file.truncate(0);
  }

  /** Whether every entry says something possible: of version 0, inside the segment's offsets. */
  isSound(baseOffset: number): boolean {
    for (let index = 0; index < this.count; index++) {
      const { bytes, at } = this.file.entry(index);
      if (bytes.readInt16BE(at) !== 0 || Number(bytes.readBigInt64BE(at + 18)) < baseOffset) return false;
    }
    return true;
  }
}
