import { type ConfigEntity, entityPathOf } from "./config-entity";
import { encodeJson, ZnodeJson } from "./znode-json";

/**
 * `/config/topics/T`, `/config/brokers/N`, `/config/clients/C`, `/config/users/U`, `/config/users/U/clients/C`, `/config/ips/IP`:
 * overrides of one entity, all values text. When emptied, topics and brokers keep their node with an empty map; the others lose it.
 */
export const entityConfig = {
  path: (entity: ConfigEntity): string => `/config/${entityPathOf(entity)}`,

  encode: (config: ReadonlyMap<string, string>): Buffer =>
    encodeJson({ version: 1, config: Object.fromEntries(config) }),

  /** A node without data (the mere parent of another) has no overrides. */
  decode(data: Buffer | null, path = "/config/..."): Map<string, string> {
    if (data === null || data.length === 0) return new Map();
    return ZnodeJson.parse(path, data).stringMap("config");
  },
} as const;
