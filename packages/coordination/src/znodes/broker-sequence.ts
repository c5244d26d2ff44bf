/**
 * `/brokers/seqid`, persistent, no data: a broker without a configured id writes it at any version; the new version added to
 * `reserved.broker.max.id` is its id.
 */
export const brokerSequence = {
  path: "/brokers/seqid",
  brokerIdAt: (versionAfterWrite: number, reservedBrokerMaxId: number): number =>
    reservedBrokerMaxId + versionAfterWrite,
} as const;
