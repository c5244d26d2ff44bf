import type { GivenConfig } from "./broker-config";
import { brokerDefinitions, isBrokerConfig } from "./broker-definitions";
import { parseProperties } from "./properties-file";

/**
 * Puts together what the file, the environment and the command line say, weakest first.
 *
 * @param file the text of a `.properties` file and what to call it
 * @param overrides `key=value` as given with --override
 */
export function gatherConfig(
  file: { readonly name: string; readonly text: string } | null,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: readonly { readonly key: string; readonly value: string }[],
): GivenConfig[] {
  const fromFile = file === null ? [] : parseProperties(file.text);
  return [
    ...fromFile.map(({ key, value, line }) => ({ key, value, origin: `${file?.name ?? ""} line ${line}` })),
    ...fromEnvironment(environment),
    ...overrides.map(({ key, value }) => ({ key, value, origin: "--override" })),
  ];
}

/** Variables of Kafka's scripts and images that are no configs. */
const NOT_CONFIGS =
  /^(KAFKA_(HEAP_OPTS|OPTS|JVM_.*|LOG4J_.*|JMX_.*|GC_LOG_OPTS|HOME|VERSION|DEBUG|JDK_.*|CLUSTER_ID|SCRIPT_.*)|OTTLA_(HOME|KAFKA_MESSAGES|VERSION|OPTS))$/;

/** `KAFKA_` is how Apache's and Confluent's images spell it, `KAFKA_CFG_` Bitnami's, `OTTLA_` is ours; the later ones win. */
const PREFIXES = ["KAFKA_CFG_", "OTTLA_", "KAFKA_"] as const;

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenConfig[] {
  const found: (GivenConfig & { readonly strength: number })[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    const prefix = PREFIXES.find((candidate) => variable.startsWith(candidate));
    if (prefix === undefined || value === undefined || value === "" || NOT_CONFIGS.test(variable)) continue;
    const key = keyOf(prefix, variable);
    const strength = { KAFKA_: 0, KAFKA_CFG_: 1, OTTLA_: 2 }[prefix];
    found.push({ key, value: value.trim(), origin: `environment ${variable}`, strength });
  }
  return found.toSorted((a, b) => a.strength - b.strength).map(({ key, value, origin }) => ({ key, value, origin }));
}

/** One underscore is a dot, two are an underscore, three are a dash, as in Confluent's image. */
function keyOf(prefix: (typeof PREFIXES)[number], variable: string): string {
  const rest = variable
    .slice(prefix.length)
    .toLowerCase()
    .replace(/_{1,3}/g, (underscores) => [".", "_", "-"][underscores.length - 1] ?? ".");
  const own = `ottla.${rest}`;
  return prefix === "OTTLA_" && !isBrokerConfig(rest) && Object.hasOwn(brokerDefinitions, own) ? own : rest;
}
