/** A process that has answered at the address it is registered with. */
export interface AnsweringProcess {
  readonly brokerId: number;
  readonly incarnation: string;
}

/**
 * Which incarnations of brokers have answered this process at their addresses: only of those does a refused connection say that they are gone.
 * One for each broker id is remembered, the latest.
 */
export class AnsweredIncarnations {
  private readonly latest = new Map<number, string>();

  add({ brokerId, incarnation }: AnsweringProcess): void {
    this.latest.set(brokerId, incarnation);
  }

  has({ brokerId, incarnation }: AnsweringProcess): boolean {
    return this.latest.get(brokerId) === incarnation;
  }
}
