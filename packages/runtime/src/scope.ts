/** Something that is opened once and must be closed once. `close` is idempotent. */
export interface Closable {
  close(): Promise<void> | void;
}

/**
 * Owns what was opened, and closes it newest first.
 *
 * A start that fails half-way closes what it had opened; one that succeeds hands all of it on with `release`:
 *
 * ```ts
 * return await Scope.opening(async (opening) => {
 *   const session = opening.own(await ZooKeeperSession.connect(...));
 *   const listener = opening.own(await Listener.bind(...));
 *   return new Broker(session, listener, opening.release());
 * });
 * ```
 */
export class Scope implements Closable {
  private owned: Closable[] = [];

  /** Runs `open` with a fresh scope and closes, afterwards, whatever `open` neither closed nor released. */
  static async opening<T>(open: (scope: Scope) => Promise<T>): Promise<T> {
    const scope = new Scope();
    let result: T;
    try {
      result = await open(scope);
    } catch (failure) {
      await scope.closeAfter(failure);
      throw failure;
    }
    await scope.close();
    return result;
  }

  /** Takes ownership of `resource` and hands it back. */
  own<T extends Closable>(resource: T): T {
    this.owned.push(resource);
    return resource;
  }

  /** Has `action` done at close, in its place among the resources. */
  defer(action: () => Promise<void> | void): void {
    this.owned.push({ close: action });
  }

  /** Moves everything owned into a new scope, which the caller owns from now on. */
  release(): Scope {
    const next = new Scope();
    next.owned = this.owned;
    this.owned = [];
    return next;
  }

  /**
   * Closes everything, newest first, even when one of them fails.
   *
   * @throws the failure, or an AggregateError of them, once all have been tried
   */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.owned.pop(); next !== undefined; next = this.owned.pop()) {
      try {
        await next.close();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} resources failed to close`);
  }

  /** Closes after a failure that is about to be thrown: failures of the closing itself join it instead of hiding it. */
  private async closeAfter(failure: unknown): Promise<void> {
    try {
      await this.close();
    } catch (closing) {
      throw new AggregateError([failure, closing], failure instanceof Error ? failure.message : String(failure));
    }
  }
}
