/**
 * Bytes that are not a message of the schema they were read by. What a peer sent, so never our bug: a broker closes the
 * connection, a client gives it up.
 */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
  #message = "";
  #path = "";

  constructor(
    /** What is wrong, without the place. */
    readonly reason: string,
    /** Where in the bytes the reader stood. */
    readonly positionBytes: number,
  ) {
    super(reason);
  }

  /** Name of the message, such as "FetchRequest". */
  get messageName(): string {
    return this.#message;
  }

  /** The field that could not be read, such as "topics[2].partitions[0].fetchOffset"; empty when it lies outside every field. */
  get path(): string {
    return this.#path;
  }

  /** Names the message; called once, where the reading began. */
  within(messageName: string): this {
    this.#message = messageName;
    this.message = `${messageName}${this.#path && `.${this.#path}`}: ${this.reason} (at byte ${this.positionBytes})`;
    return this;
  }

  /** Puts a step before the path, as the error passes through field `name` or element `name` of an array. */
  under(name: string | number): this {
    const step = typeof name === "number" ? `[${name}]` : name;
    const joint = this.#path === "" || this.#path.startsWith("[") ? "" : ".";
    this.#path = `${step}${joint}${this.#path}`;
    return this;
  }
}
