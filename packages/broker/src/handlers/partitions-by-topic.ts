/** Groups what concerns partitions by their topics, in the order in which these come first. */
export function byTopic<T extends { readonly topic: string }>(partitions: readonly T[]): Map<string, T[]> {
  const topics = new Map<string, T[]>();
  for (const partition of partitions) {
    const ofTopic = topics.get(partition.topic);
    if (ofTopic === undefined) topics.set(partition.topic, [partition]);
    else ofTopic.push(partition);
  }
  return topics;
}
