import { array, bytes, errorCode, int32, int64, nullableString, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Creates a delegation token for the caller or, from version 3, for another principal.
 *
 * @see KIP-48; KIP-373 for tokens of other principals
 */
export const createDelegationToken = defineApi({
  key: 38,
  name: "CreateDelegationToken",
  validVersions: "0-3",
  flexibleVersions: "2+",
  request: {
    ownerPrincipalType: nullableString("3+"),
    ownerPrincipalName: nullableString("3+"),
    renewers: array("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
    }),
    maxLifetimeMs: int64("0+"),
  },
  response: {
    errorCode: errorCode("0+"),
    principalType: string("0+"),
    principalName: string("0+"),
    tokenRequesterPrincipalType: string("3+"),
    tokenRequesterPrincipalName: string("3+"),
    issueTimestampMs: int64("0+"),
    expiryTimestampMs: int64("0+"),
    maxTimestampMs: int64("0+"),
    tokenId: string("0+"),
    hmac: bytes("0+"),
    throttleTimeMs: int32("0+"),
  },
});

export type CreateDelegationTokenRequest = RequestOf<typeof createDelegationToken>;
export type CreateDelegationTokenResponse = ResponseOf<typeof createDelegationToken>;
export type CreateDelegationTokenRequestInput = RequestInput<typeof createDelegationToken>;
export type CreateDelegationTokenResponseInput = ResponseInput<typeof createDelegationToken>;
