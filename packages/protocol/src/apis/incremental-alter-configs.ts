import { array, bool, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Changes single keys of a resource's configuration: set (0), delete (1), append to (2) or subtract from (3) a list.
 *
 * @see KIP-339
 */
export const incrementalAlterConfigs = defineApi({
  key: 44,
  name: "IncrementalAlterConfigs",
  validVersions: "0-1",
  flexibleVersions: "1+",
  request: {
    resources: array("0+", {
      /** 2 topic, 4 broker, 8 broker logger, 16 client metrics. */
      resourceType: int8("0+", { mapKey: true }),
      /** Topic, or broker id; empty for the defaults of all brokers. */
      resourceName: string("0+", { mapKey: true }),
      configs: array("0+", {
        name: string("0+", { mapKey: true }),
        /** 0 set, 1 delete, 2 append, 3 subtract. */
        configOperation: int8("0+", { mapKey: true }),
        /** Null only when the operation is delete. */
        value: nullableString("0+"),
      }),
    }),
    /** Check the request and change nothing. */
    validateOnly: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    responses: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
      resourceType: int8("0+"),
      resourceName: string("0+"),
    }),
  },
});

export type IncrementalAlterConfigsRequest = RequestOf<typeof incrementalAlterConfigs>;
export type IncrementalAlterConfigsResponse = ResponseOf<typeof incrementalAlterConfigs>;
export type IncrementalAlterConfigsRequestInput = RequestInput<typeof incrementalAlterConfigs>;
export type IncrementalAlterConfigsResponseInput = ResponseInput<typeof incrementalAlterConfigs>;
