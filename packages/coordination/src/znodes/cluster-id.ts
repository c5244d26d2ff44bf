import { encodeJson, ZnodeJson } from "./znode-json";

/** `/cluster/id`, persistent: the first broker makes it, everybody else reads it. 22 characters of base64url. */
export const clusterId = {
  path: "/cluster/id",

  /** The version is a string here, and here alone. */
  encode: (id: string): Buffer => encodeJson({ version: "1", id }),

  decode(data: Buffer | null): string {
    return ZnodeJson.parse(this.path, data).string("id");
  },
} as const;
