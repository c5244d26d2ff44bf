import type { ConfigEntity } from "@ottla/controller";
import { alterConfigs, type ErrorName, incrementalAlterConfigs } from "@ottla/protocol";
import { type Altered, alterIncrementally, type ConfigOperation, replaceConfigs } from "../config/config-alteration";
import { type ConfigResource, inWords, resourceOf } from "../config/config-resource";
import type { BrokerServices } from "../services";
import { type Handler, handles } from "./handler";
import { unlessZooKeeperIsAway } from "./unless-zookeeper-is-away";

/** Replaces all overrides of topics and brokers; what is not named goes back to its default. @see KIP-133 */
export const alterConfigsHandler: Handler<typeof alterConfigs> = handles(
  alterConfigs,
  [0, 2],
  async (request, { services }) => ({
    throttleTimeMs: 0,
    responses: await alterEach(request.resources, request.validateOnly, services, (resource, current, { configs }) =>
      replaceConfigs(resource, current, configs),
    ),
  }),
);

/** Sets, removes, or adds to single overrides. @see KIP-339 */
export const incrementalAlterConfigsHandler: Handler<typeof incrementalAlterConfigs> = handles(
  incrementalAlterConfigs,
  [0, 1],
  async (request, { services }) => ({
    throttleTimeMs: 0,
    responses: await alterEach(request.resources, request.validateOnly, services, (resource, current, { configs }) => {
      const operations: ConfigOperation[] = [];
      for (const { name, configOperation, value } of configs) {
        const operation = OPERATIONS[configOperation];
        if (operation === undefined)
          return { error: "INVALID_REQUEST", message: `Unknown config operation: ${configOperation}` };
        operations.push({ name, operation, value });
      }
      return alterIncrementally(resource, current, operations);
    }),
  }),
);

const OPERATIONS: readonly ("set" | "delete" | "append" | "subtract")[] = ["set", "delete", "append", "subtract"];

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

interface Away {
  readonly error: "REQUEST_TIMED_OUT";
  readonly message: string;
}

interface Outcome extends Resource {
  readonly errorCode: ErrorName;
  readonly errorMessage: string | null;
}

/** Alters one resource after the other, each for itself. */
async function alterEach<R extends Resource>(
  resources: readonly R[],
  validateOnly: boolean,
  services: BrokerServices,
  alter: (resource: ConfigResource, current: Readonly<Record<string, string>>, request: R) => Altered,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const request of resources) {
    const { resourceType, resourceName } = request;
    const answer = (errorCode: ErrorName, errorMessage: string | null): void =>
      void outcomes.push({ errorCode, errorMessage, resourceType, resourceName });
    if (
      resources.filter((other) => other.resourceType === resourceType && other.resourceName === resourceName).length > 1
    ) {
      answer("INVALID_REQUEST", "Each resource must appear at most once");
      continue;
    }
    const resource = resourceOf(resourceType, resourceName, services.brokerId);
    if (resource.kind === "refused") {
      answer("INVALID_REQUEST", resource.message);
      continue;
    }
    if (resource.kind === "topic" && services.metadata.topic(resource.name) === undefined) {
      answer("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${resource.name}' does not exist.`);
      continue;
    }
    const altered: Altered | Away = await unlessZooKeeperIsAway(
      () => alterOne(entityOf(resource), validateOnly, services, (current) => alter(resource, current, request)),
      (error, message): Away => ({ error, message }),
    );
    if (altered.error === "NONE") answer("NONE", null);
    else if (altered.error === "INVALID_CONFIG")
      answer(
        altered.error,
        `Invalid config value for resource ${inWords(resourceType, resourceName)}: ${altered.message}`,
      );
    else answer(altered.error, altered.message);
  }
  return outcomes;
}

async function alterOne(
  entity: ConfigEntity,
  validateOnly: boolean,
  { configStore }: BrokerServices,
  alter: (current: Readonly<Record<string, string>>) => Altered,
): Promise<Altered> {
  if (validateOnly) return alter(await configStore.read(entity));
  let outcome: Altered = { error: "NONE", next: {} };
  await configStore.alter(entity, (current) => {
    outcome = alter(current);
    return outcome.error === "NONE" ? outcome.next : null;
  });
  return outcome;
}

function entityOf(resource: ConfigResource): ConfigEntity {
  switch (resource.kind) {
    case "topic":
      return { type: "topics", name: resource.name };
    case "broker":
      return { type: "brokers", name: String(resource.id) };
    case "all-brokers":
      return { type: "brokers", name: "<default>" };
  }
}
