import { encodeJson, ZnodeJson } from "./znode-json";

/** A run of producer ids handed to one broker; both ends belong to it. */
export interface ProducerIdBlock {
  /** The broker that asked, not the controller that wrote. */
  readonly brokerId: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** `/latest_producer_id_block`, persistent: the block taken last. The next is written over it at the version read. */
export const producerIdBlock = {
  path: "/latest_producer_id_block",
  sizeOfBlock: 1000n,

  encode: (block: ProducerIdBlock): Buffer =>
    encodeJson({
      version: 1,
      broker: block.brokerId,
      block_start: String(block.first),
      block_end: String(block.last),
    }),

  /** Null for the empty node made at start: no block was taken yet, the first is 0 to 999. */
  decode(data: Buffer | null): ProducerIdBlock | null {
    if (data === null || data.length === 0) return null;
    const json = ZnodeJson.parse(this.path, data);
    return {
      brokerId: json.integer("broker"),
      first: json.bigDecimal("block_start"),
      last: json.bigDecimal("block_end"),
    };
  },
} as const;
