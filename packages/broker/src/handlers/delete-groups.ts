import { deleteGroups } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Deletes groups without members, with their offsets. */
export const deleteGroupsHandler: Handler<typeof deleteGroups> = handles(
  deleteGroups,
  [0, 2],
  async (request, { services }) => {
    const groupIds = [...new Set(request.groupsNames)];
    const results = groupIds.map(async (groupId) => ({ groupId, errorCode: await services.groups.delete(groupId) }));
    return { throttleTimeMs: 0, results: await Promise.all(results) };
  },
);
