import { type ConfigEntity, entityPathOf, parseEntityPath } from "./config-entity";
import { sequenceNumberOf } from "./sequential-name";
import { encodeJson, ZnodeJson } from "./znode-json";

/**
 * `/config/changes/config_change_NNNNNNNNNN`, persistent sequential: says whose config changed, written after the config itself. The
 * reader reads the entity's node again; whoever sees a notification older than 15 minutes removes it.
 */
export const configChange = {
  parent: "/config/changes",
  /** What a sequential create is asked for. */
  prefix: "/config/changes/config_change_",
  expiryMs: 15 * 60 * 1000,
  sequenceOf: (name: string): number | null => sequenceNumberOf("config_change_", name),

  encode: (entity: ConfigEntity): Buffer => encodeJson({ version: 2, entity_path: entityPathOf(entity) }),

  /** Version 1 knew topics and clients only, by type and name. */
  decode(data: Buffer | null, path = "/config/changes/config_change_N"): ConfigEntity {
    const json = ZnodeJson.parse(path, data);
    if (json.version(1, 2) === 2) return parseEntityPath(json.string("entity_path"), path);
    const type = json.string("entity_type");
    if (type !== "topics" && type !== "clients") throw json.problem("entity_type", "should be topics or clients");
    return parseEntityPath(`${type}/${json.string("entity_name")}`, path);
  },
} as const;
