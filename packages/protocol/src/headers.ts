import { apiOf } from "./apis/table";
import { int16, int32, nullableString } from "./schema/field";
import { defineMessage, type MessageOf } from "./schema/message";
import { parseVersions } from "./schema/version-range";

/** Before every request. Version 0 only before ControlledShutdown 0, 2 before flexible versions. */
export const requestHeader = defineMessage({
  name: "RequestHeader",
  validVersions: "0-2",
  flexibleVersions: "2+",
  fields: {
    requestApiKey: int16("0+"),
    requestApiVersion: int16("0+"),
    correlationId: int32("0+"),
    /** Never compact, so that the header can be read before it is known to be flexible. */
    clientId: nullableString("1+", { ignorable: true, flexibleVersions: "none" }),
  },
});

/** Before every response. Version 1 before flexible versions, but never before ApiVersions. */
export const responseHeader = defineMessage({
  name: "ResponseHeader",
  validVersions: "0-1",
  flexibleVersions: "1+",
  fields: {
    correlationId: int32("0+"),
  },
});

export type RequestHeader = MessageOf<typeof requestHeader>;
export type ResponseHeader = MessageOf<typeof responseHeader>;

/**
 * The version of the header before a request. Versions above those we speak count as what they would be, so that a
 * request can be refused by its API; a key that we do not know is taken for version 1, which is how most headers begin.
 */
export function requestHeaderVersion(apiKey: number, apiVersion: number): 1 | 2 {
  return isFlexible(apiKey, apiVersion) ? 2 : 1;
}

/** The version of the header before a response; always 0 for ApiVersions, read before versions are agreed on. */
export function responseHeaderVersion(apiKey: number, apiVersion: number): 0 | 1 {
  return apiKey !== API_VERSIONS_KEY && isFlexible(apiKey, apiVersion) ? 1 : 0;
}

const API_VERSIONS_KEY = 18;
const firstFlexible = new Map<number, number>();

function isFlexible(apiKey: number, apiVersion: number): boolean {
  let from = firstFlexible.get(apiKey);
  if (from === undefined) {
    const api = apiOf(apiKey);
    if (api === undefined) return false;
    from = parseVersions(api.flexibleVersions)?.from ?? Number.POSITIVE_INFINITY;
    firstFlexible.set(apiKey, from);
  }
  return apiVersion >= from;
}
