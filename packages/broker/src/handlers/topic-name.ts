/** Whether Kafka would take `name` for a topic: it becomes a directory's name, so what it may contain is narrow. */
export function isLegalTopicName(name: string): boolean {
  return name !== "." && name !== ".." && /^[a-zA-Z0-9._-]{1,249}$/.test(name);
}
