import { encodeJson, ZnodeFormatError, ZnodeJson } from "./znode-json";

/** Who controls. */
export interface ControllerNode {
  readonly brokerId: number;
  /** When it was elected, milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** -1 without KRaft, always here; null as read from version 1, which lacks it. */
  readonly kraftControllerEpoch: number | null;
}

/** `/controller`, ephemeral: made in one multi with the raise of `/controller_epoch`. */
export const controller = {
  path: "/controller",

  encode(node: ControllerNode): Buffer {
    return encodeJson({
      version: node.kraftControllerEpoch === null ? 1 : 2,
      brokerid: node.brokerId,
      timestamp: String(node.timestampMs),
      kraftControllerEpoch: node.kraftControllerEpoch ?? undefined,
    });
  },

  decode(data: Buffer | null): ControllerNode {
    const json = ZnodeJson.parse(this.path, data);
    return {
      brokerId: json.integer("brokerid"),
      timestampMs: json.has("timestamp") ? json.decimal("timestamp") : -1,
      kraftControllerEpoch: json.integerOr("kraftControllerEpoch", null),
    };
  },
} as const;

/**
 * `/controller_epoch`, persistent: the epoch as decimal text. Its data version fences: each controller's multi checks the version that
 * its own election made.
 */
export const controllerEpoch = {
  path: "/controller_epoch",
  /** What the node is made with before the first election, which raises it to 1. */
  initial: 0,

  encode: (epoch: number): Buffer => Buffer.from(String(epoch), "utf8"),

  decode(data: Buffer | null): number {
    const text = data?.toString("utf8") ?? "";
    if (!/^\d{1,10}$/.test(text))
      throw new ZnodeFormatError(this.path, `${JSON.stringify(text)} is not a controller epoch`);
    return Number(text);
  },
} as const;
