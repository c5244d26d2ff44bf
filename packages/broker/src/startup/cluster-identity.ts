import { brokerSequence, type Coordination, CoordinationError, clusterId, PERSISTENT_PATHS } from "@ottla/coordination";
import { type Random, randomUuid } from "@ottla/runtime";

/** The id of the cluster whose ensemble this is; the first broker ever gives it one. */
export async function joinCluster(coordination: Coordination, random: Random): Promise<string> {
  const node = await coordination.get(clusterId.path);
  if (node !== null) return clusterId.decode(node.data);
  await coordination.ensurePath(clusterId.path.slice(0, clusterId.path.lastIndexOf("/")));
  const fresh = randomUuid(random);
  try {
    await coordination.create(clusterId.path, clusterId.encode(fresh));
    return fresh;
  } catch (error) {
    if (!(error instanceof CoordinationError && error.code === "NODE_EXISTS")) throw error;
    return joinCluster(coordination, random);
  }
}

/** Makes the nodes that every broker expects to be there. */
export async function layGround(coordination: Coordination): Promise<void> {
  await Promise.all(PERSISTENT_PATHS.map((path) => coordination.ensurePath(path)));
}

/**
 * This broker's id: the configured one, or the one its directories remember, or a new one above `reservedMax`.
 *
 * @param configured `broker.id`; negative when it is to be generated
 * @param remembered what `meta.properties` says, null in new directories
 */
export async function chooseBrokerId(
  coordination: Coordination,
  configured: number,
  remembered: number | null,
  reservedMax: number,
): Promise<number> {
  if (configured >= 0) return configured;
  if (remembered !== null) return remembered;
  const stat = await coordination.set(brokerSequence.path, Buffer.alloc(0), null);
  return brokerSequence.brokerIdAt(stat.version, reservedMax);
}
