/**
 * The partition of `__consumer_offsets` that a group's offsets go to: Java's hash of the name, without its sign.
 *
 * @param partitions how many the topic has, 1 or more
 */
export function groupPartition(groupId: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0;
  // Java's abs of the least int is negative still; Kafka takes 0 for it.
  return (hash === INT_MIN ? 0 : Math.abs(hash)) % partitions;
}

const INT_MIN = -2147483648;
