import { listGroups } from "@ottla/protocol";
import type { Group } from "../groups/machine/group";
import { type Handler, handles } from "./handler";

/** Lists the groups that this broker coordinates. */
export const listGroupsHandler: Handler<typeof listGroups> = handles(listGroups, [0, 5], (request, { services }) => {
  const { groups } = services;
  if (groups.hasStopped) return { errorCode: "COORDINATOR_NOT_AVAILABLE", groups: [] };
  const states = lowerCase(request.statesFilter);
  const types = lowerCase(request.typesFilter);
  const isWanted = (group: Group) =>
    (states.size === 0 || states.has(group.state.toLowerCase())) && (types.size === 0 || types.has(GROUP_TYPE));
  const listed = [];
  for (const partition of groups.readyPartitions()) {
    for (const { groupId, group } of partition.groups.values()) {
      if (!isWanted(group)) continue;
      const protocolType = group.protocolType ?? "";
      listed.push({ groupId, protocolType, groupState: group.state, groupType: GROUP_TYPE });
    }
  }
  return { errorCode: groups.isLoading ? "COORDINATOR_LOAD_IN_PROGRESS" : "NONE", groups: listed };
});

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

/** Groups of the protocol of before KIP-848. */
const GROUP_TYPE = "classic";
