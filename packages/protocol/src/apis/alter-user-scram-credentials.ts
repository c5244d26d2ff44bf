import { array, bytes, errorCode, int8, int32, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Sets or removes users' SCRAM credentials.
 *
 * @see KIP-554
 */
export const alterUserScramCredentials = defineApi({
  key: 51,
  name: "AlterUserScramCredentials",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    deletions: array("0+", {
      name: string("0+"),
      mechanism: int8("0+"),
    }),
    upsertions: array("0+", {
      name: string("0+"),
      mechanism: int8("0+"),
      iterations: int32("0+"),
      salt: bytes("0+"),
      saltedPassword: bytes("0+"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    results: array("0+", {
      user: string("0+"),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
    }),
  },
});

export type AlterUserScramCredentialsRequest = RequestOf<typeof alterUserScramCredentials>;
export type AlterUserScramCredentialsResponse = ResponseOf<typeof alterUserScramCredentials>;
export type AlterUserScramCredentialsRequestInput = RequestInput<typeof alterUserScramCredentials>;
export type AlterUserScramCredentialsResponseInput = ResponseInput<typeof alterUserScramCredentials>;
