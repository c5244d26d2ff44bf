import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A file of JSON lines, written in blocks. Nothing is lost but the last block when this process dies; `flush` writes it.
 *
 * Writes are synchronous: events of all clients keep their order, and memory stays bounded whatever the disk does.
 */
export class LineFileWriter<Line> {
  private readonly file: number;
  private block: string[] = [];
  private blockChars = 0;
  private open = true;

  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, "w");
  }

  write(line: Line): void {
    if (!this.open) return;
    const text = JSON.stringify(line);
    this.block.push(text);
    this.blockChars += text.length + 1;
    if (this.blockChars >= BLOCK_CHARS) this.flush();
  }

  flush(): void {
    if (this.block.length === 0) return;
    writeSync(this.file, `${this.block.join("\n")}\n`);
    this.block = [];
    this.blockChars = 0;
  }

  /** What is written later is dropped: a client that ends late changes no history that was judged. Idempotent. */
  async close(): Promise<void> {
    if (!this.open) return;
    this.flush();
    this.open = false;
    closeSync(this.file);
  }
}

const BLOCK_CHARS = 64 * 1024;
