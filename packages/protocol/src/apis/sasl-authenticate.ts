import { bytes, errorCode, int64, nullableString } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Carries one token of a SASL exchange, after a SaslHandshake of version 1.
 *
 * @see KIP-152; KIP-368 for `sessionLifetimeMs`
 */
export const saslAuthenticate = defineApi({
  key: 36,
  name: "SaslAuthenticate",
  validVersions: "0-2",
  flexibleVersions: "2+",
  request: {
    authBytes: bytes("0+"),
  },
  response: {
    errorCode: errorCode("0+"),
    errorMessage: nullableString("0+"),
    authBytes: bytes("0+"),
    /** After which the client must authenticate again; 0 for never. */
    sessionLifetimeMs: int64("1+", { default: 0n, ignorable: true }),
  },
});

export type SaslAuthenticateRequest = RequestOf<typeof saslAuthenticate>;
export type SaslAuthenticateResponse = ResponseOf<typeof saslAuthenticate>;
export type SaslAuthenticateRequestInput = RequestInput<typeof saslAuthenticate>;
export type SaslAuthenticateResponseInput = ResponseInput<typeof saslAuthenticate>;
