import { SimulatedDisk, type SimulatedProcess } from "@ottla/runtime";

/** What a broker's process stands on, and what outlives it: a disk, clocks, the number of boots. */
export class SimulatedMachine {
  disk: SimulatedDisk;
  /** It has no power. */
  isDark = false;
  private boots = 1;
  private wallOffsetMs = 0;
  private rate = 1;

  /**
   * @param name of the machine, which several brokers may share
   * @param nowMs wall time, for what is written to the disk
   */
  constructor(
    private readonly name: string,
    private readonly nowMs: () => number,
  ) {
    this.disk = new SimulatedDisk({ nowMs });
  }

  /** New with each boot. */
  get bootId(): string {
    return `boot of ${this.name}, ${this.boots}`;
  }

  boot(): void {
    this.isDark = false;
    this.boots++;
  }

  /** Another disk takes the place of this one: an empty one. */
  replaceDisk(): void {
    this.disk = new SimulatedDisk({ nowMs: this.nowMs });
  }

  setWallClock(byMs: number, process: SimulatedProcess | null): void {
    this.wallOffsetMs += byMs;
    process?.setWallClock(byMs);
  }

  setDrift(rate: number, process: SimulatedProcess | null): void {
    this.rate = rate;
    process?.setDrift(rate);
  }

  /** A process begins here: it has the machine's clocks. */
  hosts(process: SimulatedProcess): void {
    process.setWallClock(this.wallOffsetMs);
    process.setDrift(this.rate);
  }

  /** Ends faults of the disk that last. */
  healDisk(): void {
    this.disk.heal();
    this.disk.delays.syncMs = 0;
    this.disk.delays.coldReadMs = 0;
  }
}
