import { heartbeat } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Takes a member's sign of life, and tells it whether its generation still stands. */
export const heartbeatHandler: Handler<typeof heartbeat> = handles(heartbeat, [0, 4], (request, { services }) => {
  const { groupId, memberId, groupInstanceId, generationId } = request;
  return { errorCode: services.groups.heartbeat(groupId, { memberId, groupInstanceId, generation: generationId }) };
});
