import { apiVersions } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/**
 * Tells which APIs are served, and in which versions. It reads the very table that requests are served from, so that what is
 * advertised cannot drift from what is done.
 *
 * @see KIP-511 for client software names
 */
export const apiVersionsHandler = (table: () => readonly Handler[]): Handler =>
  handles(apiVersions, [0, API_VERSIONS_MAX], (request, { header }) => {
    const apiKeys = table()
      .filter(({ advertised }) => advertised)
      .map(({ api, versions: [minVersion, maxVersion] }) => ({ apiKey: api.key, minVersion, maxVersion }))
      .toSorted((a, b) => a.apiKey - b.apiKey);
    const named = SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion);
    if (header.apiVersion >= 3 && !named) return { errorCode: "INVALID_REQUEST", apiKeys: [], throttleTimeMs: 0 };
    return { errorCode: "NONE", apiKeys, throttleTimeMs: 0 };
  });

export const API_VERSIONS_MAX = 4;

/** The answer, in version 0, to an ApiVersions version that we do not know: it says which to ask for. */
export const unsupportedApiVersions = {
  errorCode: "UNSUPPORTED_VERSION",
  apiKeys: [{ apiKey: apiVersions.key, minVersion: 0, maxVersion: API_VERSIONS_MAX }],
} as const;

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
