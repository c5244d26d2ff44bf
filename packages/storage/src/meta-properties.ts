import { type Disk, replaceFile } from "@ottla/runtime";
import { formatJavaProperties, parseJavaProperties } from "./java-properties";

/** What `meta.properties` says of a log directory. */
export interface MetaProperties {
  readonly brokerId: number | null;
  readonly clusterId: string | null;
  /** Unique for each directory, 22 characters. */
  readonly directoryId: string | null;
  /** Boot id of the machine as of the last start that the controller confirmed; see `LogDirectory.recordBootId`. */
  readonly bootId: string | null;
  /** Why the directory may lack records that this broker acknowledged; null when it does not. Stays until the controller has confirmed. */
  readonly torn: string | null;
  /**
   * Other directories of the same broker, by id, that may lack such records and could not take a note of it themselves: why. Their next
   * start goes by it.
   */
  readonly losses: ReadonlyMap<string, string>;
}

/** `meta.properties` contradicts what the directory is opened for: it belongs to another broker or cluster, or cannot be read. */
export class InconsistentMetaProperties extends Error {
  override readonly name = "InconsistentMetaProperties";
  constructor(
    readonly path: string,
    readonly key: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${path}: ${key} is "${found}", expected "${expected}"`);
  }
}

/** The keys of ours begin with `ottla.`; Kafka passes over them. */
const BOOT_ID = "ottla.boot.id";
const TORN = "ottla.torn";
const LOSS = "ottla.loss.";

/**
 * The identity of a log directory, kept in its `meta.properties`. Keys that we do not know are kept as they are.
 */
export class MetaPropertiesFile {
  readonly path: string;
  private values: Map<string, string>;
  /** Updates take turns: each writes the same temporary file. */
  private turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly disk: Disk,
    directory: string,
    private readonly nowMs: () => number,
  ) {
    this.path = `${directory}/meta.properties`;
    this.values = disk.exists(this.path)
      ? parseJavaProperties(disk.readFile(this.path).toString("utf8"))
      : new Map<string, string>();
  }

  /**
   * Reads the file; one that is missing says nothing.
   *
   * @param nowMs wall time, for the date line of later writes
   * @throws InconsistentMetaProperties when it is not of ZooKeeper mode (version 0), or a number is none
   */
  static read(disk: Disk, directory: string, nowMs: () => number): MetaPropertiesFile {
    const file = new MetaPropertiesFile(disk, directory, nowMs);
    const version = file.values.get("version") ?? "0";
    if (version !== "0") throw new InconsistentMetaProperties(file.path, "version", "0", version);
    const brokerId = file.values.get("broker.id");
    if (brokerId !== undefined && !/^\d+$/.test(brokerId)) {
      throw new InconsistentMetaProperties(file.path, "broker.id", "a number from 0", brokerId);
    }
    return file;
  }

  get properties(): MetaProperties {
    const brokerId = this.values.get("broker.id");
    return {
      brokerId: brokerId === undefined ? null : Number(brokerId),
      clusterId: this.values.get("cluster.id") ?? null,
      directoryId: this.values.get("directory.id") ?? null,
      bootId: this.values.get(BOOT_ID) ?? null,
      torn: this.values.get(TORN) ?? null,
      losses: new Map(
        [...this.values].flatMap(([key, reason]) => (key.startsWith(LOSS) ? [[key.slice(LOSS.length), reason]] : [])),
      ),
    };
  }

  /**
   * @throws InconsistentMetaProperties when the file names another broker or cluster than expected (null: nothing is expected)
   */
  check(expected: Pick<MetaProperties, "brokerId" | "clusterId">): void {
    const { brokerId, clusterId } = this.properties;
    if (expected.brokerId !== null && brokerId !== null && brokerId !== expected.brokerId) {
      throw new InconsistentMetaProperties(this.path, "broker.id", String(expected.brokerId), String(brokerId));
    }
    if (expected.clusterId !== null && clusterId !== null && clusterId !== expected.clusterId) {
      throw new InconsistentMetaProperties(this.path, "cluster.id", expected.clusterId, clusterId);
    }
  }

  /**
   * Changes the properties given, null meaning absent, and replaces the file when that makes a difference. Resolves when it is durable.
   *
   * @throws DiskError when that fails; the properties then stay as they were
   */
  update(changes: Partial<MetaProperties>): Promise<void> {
    const mine = this.turn.then(() => this.write(changes));
    this.turn = mine.catch(() => {
      // The one who asked for it hears of it; the next update has its own turn all the same.
    });
    return mine;
  }

  private async write(changes: Partial<MetaProperties>): Promise<void> {
    const before = this.values;
    const after = new Map(before).set("version", "0");
    const set = (key: string, value: string | number | null | undefined) => {
      if (value === null) after.delete(key);
      else if (value !== undefined) after.set(key, String(value));
    };
    set("broker.id", changes.brokerId);
    set("cluster.id", changes.clusterId);
    set("directory.id", changes.directoryId);
    set(BOOT_ID, changes.bootId);
    set(TORN, changes.torn);
    if (changes.losses !== undefined) {
      for (const key of before.keys()) if (key.startsWith(LOSS)) after.delete(key);
      for (const [directoryId, reason] of changes.losses) after.set(LOSS + directoryId, reason);
    }
    if (before.size === after.size && [...after].every(([key, value]) => before.get(key) === value)) return;
    this.values = after;
    try {
      await replaceFile(this.disk, this.path, formatJavaProperties(after, this.nowMs()));
    } catch (failure) {
      this.values = before;
      throw failure;
    }
  }
}
