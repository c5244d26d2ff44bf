import { array, bytes, errorCode, int32, int64, nullableArray, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Describes delegation tokens of the given owners; null asks for all that the caller may see.
 *
 * @see KIP-48; KIP-373 for `tokenRequester...` fields
 */
export const describeDelegationToken = defineApi({
  key: 41,
  name: "DescribeDelegationToken",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    owners: nullableArray("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
    }),
  },
  response: {
    errorCode: errorCode("0+"),
    tokens: array("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
      tokenRequesterPrincipalType: string("3+"),
      tokenRequesterPrincipalName: string("3+"),
      issueTimestamp: int64("0+"),
      expiryTimestamp: int64("0+"),
      maxTimestamp: int64("0+"),
      tokenId: string("0+"),
      hmac: bytes("0+"),
      renewers: array("0+", {
        principalType: string("0+"),
        principalName: string("0+"),
      }),
    }),
    throttleTimeMs: int32("0+"),
  },
});

export type DescribeDelegationTokenRequest = RequestOf<typeof describeDelegationToken>;
export type DescribeDelegationTokenResponse = ResponseOf<typeof describeDelegationToken>;
export type DescribeDelegationTokenRequestInput = RequestInput<typeof describeDelegationToken>;
export type DescribeDelegationTokenResponseInput = ResponseInput<typeof describeDelegationToken>;
