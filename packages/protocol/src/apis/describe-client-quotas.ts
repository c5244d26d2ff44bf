import { array, bool, errorCode, float64, int8, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes the quotas of users, client ids and addresses that match a filter.
 *
 * `matchType` 0 is an exact name, 1 the default entity, 2 any name.
 *
 * @see KIP-546
 */
export const describeClientQuotas = defineApi({
  key: 48,
  name: "DescribeClientQuotas",
  validVersions: "0-1",
  flexibleVersions: "1+",
  request: {
    components: array("0+", {
      entityType: string("0+"),
      matchType: int8("0+"),
      match: nullableString("0+"),
    }),
    strict: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    entries: nullableArray("0+", {
      entity: array("0+", {
        entityType: string("0+"),
        entityName: nullableString("0+"),
      }),
      values: array("0+", {
        key: string("0+"),
        value: float64("0+"),
      }),
    }),
  },
});

export type DescribeClientQuotasRequest = RequestOf<typeof describeClientQuotas>;
export type DescribeClientQuotasResponse = ResponseOf<typeof describeClientQuotas>;
export type DescribeClientQuotasRequestInput = RequestInput<typeof describeClientQuotas>;
export type DescribeClientQuotasResponseInput = ResponseInput<typeof describeClientQuotas>;
