/** A value cannot be put on the wire as the field it was given for. Thrown by encoding: the caller's mistake. */
export class UnencodableFieldError extends Error {
  override readonly name: string = "UnencodableFieldError";
  #path = "";

  constructor(readonly reason: string) {
    super(reason);
  }

  /** The field, such as "topics[2].name". */
  get path(): string {
    return this.#path;
  }

  within(messageName: string, version: number): this {
    this.message = `${messageName} version ${version}${this.#path && `, ${this.#path}`}: ${this.reason}`;
    return this;
  }

  under(name: string | number): this {
    const step = typeof name === "number" ? `[${name}]` : name;
    const joint = this.#path === "" || this.#path.startsWith("[") ? "" : ".";
    this.#path = `${step}${joint}${this.#path}`;
    return this;
  }
}

/** A field has a value that the chosen version cannot carry, and that may not be dropped. */
export class UnsupportedFieldError extends UnencodableFieldError {
  override readonly name: string = "UnsupportedFieldError";
}
