import { array, errorCode, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Chooses a SASL mechanism. After version 0 bare tokens follow on the connection, after version 1 SaslAuthenticate
 * requests.
 *
 * @see KIP-43; KIP-152 for version 1
 */
export const saslHandshake = defineApi({
  key: 17,
  name: "SaslHandshake",
  validVersions: "0-1",
  flexibleVersions: "none",
  request: {
    mechanism: string("0+"),
  },
  response: {
    errorCode: errorCode("0+"),
    /** Those enabled here; the answer to a mechanism that is not. */
    mechanisms: array("0+", "string"),
  },
});

export type SaslHandshakeRequest = RequestOf<typeof saslHandshake>;
export type SaslHandshakeResponse = ResponseOf<typeof saslHandshake>;
export type SaslHandshakeRequestInput = RequestInput<typeof saslHandshake>;
export type SaslHandshakeResponseInput = ResponseInput<typeof saslHandshake>;
