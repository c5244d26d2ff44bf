import { bytes, errorCode, int32, int64 } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Extends the life of a delegation token.
 *
 * @see KIP-48
 */
export const renewDelegationToken = defineApi({
  key: 39,
  name: "RenewDelegationToken",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    hmac: bytes("0+"),
    renewPeriodMs: int64("0+"),
  },
  response: {
    errorCode: errorCode("0+"),
    expiryTimestampMs: int64("0+"),
    throttleTimeMs: int32("0+"),
  },
});

export type RenewDelegationTokenRequest = RequestOf<typeof renewDelegationToken>;
export type RenewDelegationTokenResponse = ResponseOf<typeof renewDelegationToken>;
export type RenewDelegationTokenRequestInput = RequestInput<typeof renewDelegationToken>;
export type RenewDelegationTokenResponseInput = ResponseInput<typeof renewDelegationToken>;
