import type { ConfigValue, Definitions } from "./config-definition";

/** Where a value comes from, from the strongest to the weakest. */
export type ConfigSource = "dynamic-broker" | "dynamic-default" | "static" | "default";

export interface SourcedValue {
  readonly source: ConfigSource;
  readonly text: string | null;
}

type Texts = Readonly<Record<string, string>>;

/**
 * Values of a set of definitions in layers: what was set for this one at run time, what was set for all at run time, what stood in the
 * file, the default. Every text has been judged before it gets here; one that does not parse all the same is passed over, since a
 * value that another broker let in must not stop this one.
 */
export class LayeredConfig<D extends Definitions> {
  private readonly parsed = new Map<string, unknown>();
  private dynamicBroker: Texts = {};
  private dynamicDefault: Texts = {};

  constructor(
    readonly definitions: D,
    private readonly fixed: Texts,
  ) {}

  /** The effective value, as its definition parses it; null where it is unset. */
  get<K extends keyof D & string>(name: K): ConfigValue<D[K]> {
    let value = this.parsed.get(name);
    if (value === undefined) {
      value = this.parse(name);
      this.parsed.set(name, value);
    }
    return value as ConfigValue<D[K]>;
  }

  /** Every layer that has a value for the name, strongest first; the default, if there is one, comes last. */
  sourcesOf(name: string): SourcedValue[] {
    const found: SourcedValue[] = [];
    const look = (source: ConfigSource, text: string | null | undefined): void => {
      if (text !== undefined && text !== null && this.parses(name, text)) found.push({ source, text });
    };
    look("dynamic-broker", this.dynamicBroker[name]);
    look("dynamic-default", this.dynamicDefault[name]);
    look("static", this.fixed[name]);
    look("default", this.definitions[name]?.defaultText);
    return found;
  }

  /** Whether anybody set the name: it has more than its default. */
  isSet(name: string): boolean {
    return this.sourcesOf(name)[0]?.source !== "default" && this.sourcesOf(name).length > 0;
  }

  /** @returns names whose effective value changed */
  setDynamic(layer: "broker" | "default", texts: Texts): string[] {
    const before = new Map(Object.keys(this.definitions).map((name) => [name, this.sourcesOf(name)[0]?.text]));
    if (layer === "broker") this.dynamicBroker = texts;
    else this.dynamicDefault = texts;
    this.parsed.clear();
    return Object.keys(this.definitions).filter((name) => before.get(name) !== this.sourcesOf(name)[0]?.text);
  }

  private parse(name: string): unknown {
    const text = this.sourcesOf(name)[0]?.text;
    if (text === undefined || text === null) return null;
    const parsed = this.definitions[name]?.parse(text);
    return parsed?.ok ? parsed.value : null;
  }

  private parses(name: string, text: string): boolean {
    return this.definitions[name]?.parse(text).ok ?? false;
  }
}
