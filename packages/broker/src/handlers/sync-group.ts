import { syncGroup } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Gives a member its assignment, once the leader has sent all of them and they are written down. */
export const syncGroupHandler: Handler<typeof syncGroup> = handles(syncGroup, [0, 5], async (request, { services }) => {
  const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName } = request;
  const answer = await services.groups.sync(groupId, {
    memberId,
    groupInstanceId,
    generation: generationId,
    protocolType,
    protocolName,
    // They outlive the request's memory.
    assignments: new Map(request.assignments.map((given) => [given.memberId, Buffer.from(given.assignment)])),
  });
  return {
    errorCode: answer.error,
    protocolType: answer.protocolType,
    protocolName: answer.protocolName,
    assignment: answer.assignment,
  };
});
