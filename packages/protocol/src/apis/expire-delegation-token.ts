import { bytes, errorCode, int32, int64 } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Brings a delegation token's end forward; a negative period ends it now.
 *
 * @see KIP-48
 */
export const expireDelegationToken = defineApi({
  key: 40,
  name: "ExpireDelegationToken",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    hmac: bytes("0+"),
    expiryTimePeriodMs: int64("0+"),
  },
  response: {
    errorCode: errorCode("0+"),
    expiryTimestampMs: int64("0+"),
    throttleTimeMs: int32("0+"),
  },
});

export type ExpireDelegationTokenRequest = RequestOf<typeof expireDelegationToken>;
export type ExpireDelegationTokenResponse = ResponseOf<typeof expireDelegationToken>;
export type ExpireDelegationTokenRequestInput = RequestInput<typeof expireDelegationToken>;
export type ExpireDelegationTokenResponseInput = ResponseInput<typeof expireDelegationToken>;
