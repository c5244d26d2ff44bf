/** A partition as the balance of leaders sees it. */
export interface Leadership {
  readonly replicas: readonly number[];
  /** -1 without a leader. */
  readonly leader: number;
}

/**
 * Brokers that lead too few of the partitions that prefer them.
 *
 * @param percentage of a broker's preferred partitions that may be led elsewhere (leader.imbalance.per.broker.percentage)
 */
export function imbalancedBrokers(partitions: Iterable<Leadership>, percentage: number): Set<number> {
  const counts = new Map<number, { preferring: number; elsewhere: number }>();
  for (const { replicas, leader } of partitions) {
    const preferred = replicas[0];
    if (preferred === undefined) continue;
    const count = counts.get(preferred) ?? { preferring: 0, elsewhere: 0 };
    count.preferring++;
    if (leader !== preferred) count.elsewhere++;
    counts.set(preferred, count);
  }
  const brokers = [...counts].filter(([, count]) => count.elsewhere / count.preferring > percentage / 100);
  return new Set(brokers.map(([id]) => id));
}
