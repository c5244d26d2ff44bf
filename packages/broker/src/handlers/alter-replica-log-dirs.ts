import { type AlterReplicaLogDirsResponseInput, alterReplicaLogDirs } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

type TopicAnswer = AlterReplicaLogDirsResponseInput["results"][number];

/**
 * Moves replicas of this broker to other log directories of its own (KIP-113). The answer says that a move has begun; DescribeLogDirs says how
 * far it is. A replica that is not here yet gets REPLICA_NOT_AVAILABLE, and is made in that directory when it comes.
 */
export const alterReplicaLogDirsHandler: Handler<typeof alterReplicaLogDirs> = handles(
  alterReplicaLogDirs,
  [0, 2],
  ({ dirs }, { services }) => {
    const byTopic = new Map<string, TopicAnswer["partitions"][number][]>();
    for (const { path, topics } of dirs) {
      for (const { name, partitions } of topics) {
        const answers = byTopic.get(name) ?? [];
        for (const partitionIndex of partitions) {
          const errorCode = services.partitions.moves.request(name, partitionIndex, path);
          answers.push({ partitionIndex, errorCode });
        }
        byTopic.set(name, answers);
      }
    }
    const results = [...byTopic].map(([topicName, partitions]) => ({ topicName, partitions }));
    return { throttleTimeMs: 0, results };
  },
);
