import { array, bool, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Replaces all dynamic configuration of a resource; keys not named go back to their defaults. IncrementalAlterConfigs
 * does not have that trap.
 *
 * @see KIP-133
 */
export const alterConfigs = defineApi({
  key: 33,
  name: "AlterConfigs",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    resources: array("0+", {
      /** 2 topic, 4 broker. */
      resourceType: int8("0+", { mapKey: true }),
      /** Topic, or broker id; empty for the defaults of all brokers. */
      resourceName: string("0+", { mapKey: true }),
      configs: array("0+", {
        name: string("0+", { mapKey: true }),
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

export type AlterConfigsRequest = RequestOf<typeof alterConfigs>;
export type AlterConfigsResponse = ResponseOf<typeof alterConfigs>;
export type AlterConfigsRequestInput = RequestInput<typeof alterConfigs>;
export type AlterConfigsResponseInput = ResponseInput<typeof alterConfigs>;
