import { type DescribeGroupsResponseInput, describeGroups } from "@ottla/protocol";
import type { CoordinatedGroup } from "../groups/coordinated-group";
import { metadataFor, NOTHING } from "../groups/machine/member";
import { type Handler, handles } from "./handler";

type GroupAnswer = DescribeGroupsResponseInput["groups"][number];

/** Describes groups. One that is not there is "Dead", and no error. */
export const describeGroupsHandler: Handler<typeof describeGroups> = handles(
  describeGroups,
  [0, 5],
  (request, { services }) => {
    const groups = request.groups.map((groupId): GroupAnswer => {
      const found = services.groups.find(groupId);
      if (typeof found === "string") return { ...DEAD, groupId, groupState: "", errorCode: found };
      const answer = found === undefined ? { ...DEAD, groupId } : describe(found);
      return request.includeAuthorizedOperations ? { ...answer, authorizedOperations: ALL_GROUP_OPERATIONS } : answer;
    });
    return { groups };
  },
);

function describe({ groupId, group }: CoordinatedGroup): GroupAnswer {
  // What members say of themselves, and own, is only sure in a stable group.
  const isStable = group.state === "Stable";
  return {
    errorCode: "NONE",
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? "",
    protocolData: isStable ? (group.protocolName ?? "") : "",
    members: Array.from(group.allMembers, (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? metadataFor(member, group.protocolName) : NOTHING,
      memberAssignment: isStable ? member.assignment : NOTHING,
    })),
  };
}

const DEAD = { errorCode: "NONE", groupState: "Dead", protocolType: "", protocolData: "", members: [] } as const;
/** Bit n stands for operation n: read, delete, describe. Without ACLs everybody may do all that a group knows (KIP-430). */
const ALL_GROUP_OPERATIONS = (1 << 3) | (1 << 6) | (1 << 8);
