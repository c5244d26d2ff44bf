import { kafka } from "../kafkajs-client";

/** Makes a topic with the cluster's replication. @returns its name */
export async function createdTopic(bootstrapServers: string, topic: string, numPartitions: number): Promise<string> {
  const admin = kafka(bootstrapServers).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}
