export interface ServingGuardOptions {
  /** `ottla.controller.suspect.timeout.ms`, read at each use. */
  readonly graceMs: () => number;
  /** The session timeout agreed with the ensemble, milliseconds. */
  readonly zooKeeperSessionTimeoutMs: number;
  readonly nowMs: number;
}

/** What the guard has to know of the partition that wants to append. */
export interface AppendQuestion {
  readonly nowMs: number;
  readonly replicationFactor: number;
  readonly attachedFollowers: number;
}

/**
 * When a broker must stop appending, whatever acks say (rules 18 to 20): when it may have been replaced without being able to hear of it.
 *
 * Three ties hold a broker to its cluster: its registration, the controller, and the ensemble. An outage of the ensemble alone stops
 * nobody, nor does one of the controller; a broker that has lost both, and whose followers are gone too, may be the only one that does
 * not know of the next leader.
 */
export class ServingGuard {
  private readonly options: ServingGuardOptions;
  private isRegistered = true;
  /** Null while the controller answers. */
  private controllerLostAtMs: number | null;
  /** Null while the ensemble answers. */
  private zooKeeperLostAtMs: number | null = null;
  private mustHearController = false;

  constructor(options: ServingGuardOptions) {
    this.options = options;
    this.controllerLostAtMs = options.nowMs;
  }

  onRegistered(): void {
    this.isRegistered = true;
  }

  /** The ensemble's own word: the session expired, or the registration was refused, removed or replaced. */
  onRegistrationLost(): void {
    this.isRegistered = false;
  }

  onControllerAnswered(_nowMs: number): void {
    this.controllerLostAtMs = null;
    this.mustHearController = false;
  }

  onControllerLost(nowMs: number): void {
    this.controllerLostAtMs ??= nowMs;
  }

  onZooKeeperConnected(_nowMs: number): void {
    this.zooKeeperLostAtMs = null;
  }

  onZooKeeperLost(nowMs: number): void {
    this.zooKeeperLostAtMs ??= nowMs;
  }

  /** This process stood still: whatever it believes may be older than the others' patience. */
  onPaused(lateMs: number): void {
    if (lateMs > this.options.graceMs()) this.mustHearController = true;
  }

  /** Whether the leader of a partition may append now. */
  mayAppend({ nowMs, replicationFactor, attachedFollowers }: AppendQuestion): boolean {
    if (!this.isRegistered || this.mustHearController) return false;
    if (replicationFactor <= 1 || attachedFollowers > 0 || this.controllerLostAtMs === null) return true;
    if (this.zooKeeperLostAtMs === null) return true;
    return nowMs - this.zooKeeperLostAtMs < this.options.zooKeeperSessionTimeoutMs;
  }

  /** Without a controller for longer than the grace: time to read the state of the partitions led here (rule 19). */
  controllerOverdue(nowMs: number): boolean {
    return this.controllerLostAtMs !== null && nowMs - this.controllerLostAtMs > this.options.graceMs();
  }
}
