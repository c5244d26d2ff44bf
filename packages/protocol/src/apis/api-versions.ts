import { array, bool, errorCode, int16, int32, int64, string } from "../schema/field";
import { defineApi, type RequestInput, type RequestOf, type ResponseInput, type ResponseOf } from "../schema/message";

/**
 * Tells which APIs and versions a broker serves; the first request of most clients.
 *
 * A broker that does not know the request's version answers with version 0 and UNSUPPORTED_VERSION, and the
 * response's header is always version 0, so that a client can read it before it knows the broker.
 *
 * @see KIP-35; KIP-511 for the client's name; KIP-584 for features
 */
export const apiVersions = defineApi({
  key: 18,
  name: "ApiVersions",
  validVersions: "0-4",
  flexibleVersions: "3+",
  request: {
    /** Letters, digits, and between them dashes and dots; anything else is INVALID_REQUEST. */
    clientSoftwareName: string("3+", { ignorable: true }),
    clientSoftwareVersion: string("3+", { ignorable: true }),
  },
  response: {
    errorCode: errorCode("0+"),
    apiKeys: array("0+", {
      apiKey: int16("0+", { mapKey: true }),
      minVersion: int16("0+"),
      maxVersion: int16("0+"),
    }),
    throttleTimeMs: int32("1+", { ignorable: true }),
    /** Features with a least level of 0 may be listed from version 4 on only (KAFKA-17011). */
    supportedFeatures: array(
      "3+",
      {
        name: string("3+", { mapKey: true }),
        minVersion: int16("3+"),
        maxVersion: int16("3+"),
      },
      { tag: 0, ignorable: true },
    ),
    /** -1 when there are no finalized features. */
    finalizedFeaturesEpoch: int64("3+", { tag: 1, default: -1n, ignorable: true }),
    finalizedFeatures: array(
      "3+",
      {
        name: string("3+", { mapKey: true }),
        maxVersionLevel: int16("3+"),
        minVersionLevel: int16("3+"),
      },
      { tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool("3+", { tag: 3, default: false, ignorable: true }),
  },
});

export type ApiVersionsRequest = RequestOf<typeof apiVersions>;
export type ApiVersionsResponse = ResponseOf<typeof apiVersions>;
export type ApiVersionsRequestInput = RequestInput<typeof apiVersions>;
export type ApiVersionsResponseInput = ResponseInput<typeof apiVersions>;
