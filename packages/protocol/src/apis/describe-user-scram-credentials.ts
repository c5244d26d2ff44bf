import { array, errorCode, int8, int32, nullableArray, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Tells which SCRAM credentials users have, without the secrets; null asks for all users.
 *
 * @see KIP-554
 */
export const describeUserScramCredentials = defineApi({
  key: 50,
  name: "DescribeUserScramCredentials",
  validVersions: "0",
  flexibleVersions: "0+",
  request: {
    users: nullableArray("0+", {
      name: string("0+"),
    }),
  },
  response: {
    throttleTimeMs: int32("0+"),
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    results: array("0+", {
      user: string("0+"),
      errorCode: errorCode("0+"),
      errorMessage: nullableString("0+"),
      credentialInfos: array("0+", {
        mechanism: int8("0+"),
        iterations: int32("0+"),
      }),
    }),
  },
});

export type DescribeUserScramCredentialsRequest = RequestOf<typeof describeUserScramCredentials>;
export type DescribeUserScramCredentialsResponse = ResponseOf<typeof describeUserScramCredentials>;
export type DescribeUserScramCredentialsRequestInput = RequestInput<typeof describeUserScramCredentials>;
export type DescribeUserScramCredentialsResponseInput = ResponseInput<typeof describeUserScramCredentials>;
