import { array, bool, errorCode, int8, int16, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Raises or lowers the finalized level of features of the whole cluster.
 *
 * @see KIP-584; KIP-778 for `upgradeType` and `validateOnly`
 */
export const updateFeatures = defineApi({
  key: 57,
  name: "UpdateFeatures",
  validVersions: "0-1",
  flexibleVersions: "0+",
  request: {
    timeoutMs: int32("0+", { default: 60000 }),
    featureUpdates: array("0+", {
      feature: string("0+", { mapKey: true }),
      maxVersionLevel: int16("0+"),
      allowDowngrade: bool("0"),
      upgradeType: int8("1+", { default: 1 }),
    }),
    /** Check the request and change nothing. */
    validateOnly: bool("1+", { default: false }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    results: array("0+", {
      feature: string("0+", { mapKey: true }),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
    }),
  },
});

export type UpdateFeaturesRequest = RequestOf<typeof updateFeatures>;
export type UpdateFeaturesResponse = ResponseOf<typeof updateFeatures>;
export type UpdateFeaturesRequestInput = RequestInput<typeof updateFeatures>;
export type UpdateFeaturesResponseInput = ResponseInput<typeof updateFeatures>;
