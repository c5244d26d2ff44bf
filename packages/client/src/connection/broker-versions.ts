import { type Api, type ApiVersionsResponse, apiVersions, type Fields } from "@ottla/protocol";
import { KafkaError } from "../kafka-error";

/** The versions of each API that a broker says it serves. */
export class BrokerVersions {
  private readonly ranges: ReadonlyMap<number, { readonly min: number; readonly max: number }>;

  constructor(
    private readonly broker: string,
    response: ApiVersionsResponse,
  ) {
    this.ranges = new Map(
      response.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    );
  }

  /** Whether any version is spoken by both sides. */
  supports(api: Api<Fields, Fields>): boolean {
    return this.common(api, api.maxVersion) !== null;
  }

  /**
   * The newest version that both sides speak.
   *
   * @param versionMax a version above which the caller cannot go
   * @throws KafkaError UNSUPPORTED_VERSION when there is none
   */
  newest(api: Api<Fields, Fields>, versionMax = api.maxVersion): number {
    const version = this.common(api, versionMax);
    if (version === null) {
      const range = this.ranges.get(api.key);
      const served = range === undefined ? "does not serve it" : `serves ${range.min} to ${range.max}`;
      throw new KafkaError(
        "UNSUPPORTED_VERSION",
        `${api.name} at ${this.broker}`,
        `this client speaks versions ${api.minVersion} to ${versionMax}, the broker ${served}`,
      );
    }
    return version;
  }

  private common(api: Api<Fields, Fields>, versionMax: number): number | null {
    const range = this.ranges.get(api.key);
    if (range === undefined) return null;
    const version = Math.min(api.maxVersion, versionMax, range.max);
    return version < Math.max(api.minVersion, range.min) ? null : version;
  }
}

/** The version of ApiVersions to ask again with, after a broker refused ours and said (or did not say) which it knows (KIP-511). */
export function apiVersionsRetry(response: ApiVersionsResponse): number {
  const own = response.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key);
  return own === undefined ? 0 : Math.max(0, Math.min(apiVersions.maxVersion, own.maxVersion));
}
