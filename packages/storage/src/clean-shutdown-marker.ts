import { type Disk, replaceFile } from "@ottla/runtime";

/** The brokerEpoch in it is always -1 where ZooKeeper coordinates. */
const CONTENT = '{"version":0,"brokerEpoch":-1}';

/** `.kafka_cleanshutdown`: while it exists, everything in the directory is durable and closed, and nothing needs recovery. */
export class CleanShutdownMarker {
  private readonly path: string;

  constructor(
    private readonly disk: Disk,
    private readonly directory: string,
  ) {
    this.path = `${directory}/.kafka_cleanshutdown`;
  }

  /**
   * Takes the marker away, durably: what happens in the directory from now on is no longer covered by it.
   *
   * @returns whether it was there (only that counts; older brokers left it empty)
   */
  async take(): Promise<boolean> {
    if (!this.disk.exists(this.path)) return false;
    this.disk.remove(this.path);
    await this.disk.syncDirectory(this.directory);
    return true;
  }

  /** Sets it, durably. Everything else in the directory must be durable by then. */
  async set(): Promise<void> {
    await replaceFile(this.disk, this.path, CONTENT);
  }
}
