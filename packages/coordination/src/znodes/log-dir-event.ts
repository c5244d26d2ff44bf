import { sequenceNumberOf } from "./sequential-name";
import { encodeJson, ZnodeJson } from "./znode-json";

/** `/log_dir_event_notification/log_dir_event_NNNNNNNNNN`, persistent sequential: a broker lost a log directory (event 1). */
export const logDirEvent = {
  parent: "/log_dir_event_notification",
  prefix: "/log_dir_event_notification/log_dir_event_",
  sequenceOf: (name: string): number | null => sequenceNumberOf("log_dir_event_", name),

  encode: (node: { readonly brokerId: number }): Buffer => encodeJson({ version: 1, broker: node.brokerId, event: 1 }),

  decode(data: Buffer | null, path = "/log_dir_event_notification/log_dir_event_N"): { readonly brokerId: number } {
    return { brokerId: ZnodeJson.parse(path, data).integer("broker") };
  },
} as const;
