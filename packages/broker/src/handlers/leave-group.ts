import { leaveGroup } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Lets members go at once, or has them removed by a tool. */
export const leaveGroupHandler: Handler<typeof leaveGroup> = handles(leaveGroup, [0, 5], (request, context) => {
  const isBatch = context.header.apiVersion >= BATCH_VERSION;
  const leaving = isBatch ? request.members : [{ memberId: request.memberId, groupInstanceId: null }];
  const { error, errors } = context.services.groups.leave(request.groupId, leaving);
  if (!isBatch) return { errorCode: error === "NONE" ? (errors[0] ?? "NONE") : error, members: [] };
  if (error !== "NONE") return { errorCode: error, members: [] };
  return {
    errorCode: "NONE",
    members: leaving.map(({ memberId, groupInstanceId }, index) => ({
      memberId,
      groupInstanceId,
      errorCode: errors[index] ?? "UNKNOWN_MEMBER_ID",
    })),
  };
});

const BATCH_VERSION = 3;
