/** This broker's term as controller has ended: deposed, session lost, or closing. Whoever gets this stops acting at once. */
export class TermOver extends Error {
  override readonly name = "TermOver";
}
