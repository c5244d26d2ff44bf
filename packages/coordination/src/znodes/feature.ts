import { encodeJson, ZnodeJson } from "./znode-json";

/** Finalized features of the cluster. The features epoch is the node's data version. */
export interface FeatureNode {
  /** 1 (written under a protocol before 2.7) or 2. */
  readonly version: 1 | 2;
  readonly status: "DISABLED" | "ENABLED";
  /** Level of each feature; `minVersionLevel` only in version 1. */
  readonly features: ReadonlyMap<string, { readonly maxVersionLevel: number; readonly minVersionLevel: number | null }>;
}

/** `/feature`, persistent: the controller writes it, every broker watches it. */
export const feature = {
  path: "/feature",

  encode: (node: FeatureNode): Buffer =>
    encodeJson({
      features: Object.fromEntries(
        [...node.features].map(([name, level]) => [
          name,
          { min_version_level: level.minVersionLevel ?? undefined, max_version_level: level.maxVersionLevel },
        ]),
      ),
      version: node.version,
      status: node.status === "ENABLED" ? 1 : 0,
    }),

  decode(data: Buffer | null): FeatureNode {
    const json = ZnodeJson.parse(this.path, data);
    const status = json.integer("status");
    if (status !== 0 && status !== 1) throw json.problem("status", "should be 0 or 1");
    const levels = json.has("features") ? json.object("features") : null;
    return {
      version: json.version(1, 2) === 1 ? 1 : 2,
      status: status === 1 ? "ENABLED" : "DISABLED",
      features: new Map(
        (levels?.keys() ?? []).map((name) => {
          const level = levels?.object(name);
          return [
            name,
            {
              maxVersionLevel: level?.integer("max_version_level") ?? 0,
              minVersionLevel: level?.integerOr("min_version_level", null) ?? null,
            },
          ];
        }),
      ),
    };
  },
} as const;
