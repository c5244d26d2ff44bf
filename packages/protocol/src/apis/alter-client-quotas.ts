import { array, bool, errorCode, float64, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Sets or removes quotas of users, client ids and addresses.
 *
 * @see KIP-546
 */
export const alterClientQuotas = defineApi({
  key: 49,
  name: "AlterClientQuotas",
  validVersions: "0-1",
  flexibleVersions: "1+",
  request: {
    entries: array("0+", {
      entity: array("0+", {
        entityType: string("0+"),
        entityName: nullableString("0+"),
      }),
      ops: array("0+", {
        key: string("0+"),
        value: float64("0+"),
        remove: bool("0+"),
      }),
    }),
    validateOnly: bool("0+"),
  },
  response: {
    throttleTimeMs: int32("0+"),
    entries: array("0+", {
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
      entity: array("0+", {
        entityType: string("0+"),
        entityName: nullableString("0+"),
      }),
    }),
  },
});

export type AlterClientQuotasRequest = RequestOf<typeof alterClientQuotas>;
export type AlterClientQuotasResponse = ResponseOf<typeof alterClientQuotas>;
export type AlterClientQuotasRequestInput = RequestInput<typeof alterClientQuotas>;
export type AlterClientQuotasResponseInput = ResponseInput<typeof alterClientQuotas>;
