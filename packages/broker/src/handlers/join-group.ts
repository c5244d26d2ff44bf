import { joinGroup } from "@ottla/protocol";
import { type Handler, handles, type RequestContext } from "./handler";

/** Takes a member into its group; answered when the generation begins, or at once with what the client is to do instead. */
export const joinGroupHandler: Handler<typeof joinGroup> = handles(joinGroup, [0, 9], async (request, context) => {
  const { apiVersion, clientId } = context.header;
  const answer = await context.services.groups.join(request.groupId, {
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: clientId ?? "",
    clientHost: clientHostOf(context),
    // Version 0 had one timeout for both.
    rebalanceTimeoutMs: apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocolType: request.protocolType,
    // They outlive the request's memory.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    requiresKnownMemberId: apiVersion >= KNOWN_MEMBER_ID_VERSION && request.groupInstanceId === null,
    supportsSkippingAssignment: apiVersion >= SKIP_ASSIGNMENT_VERSION,
  });
  return {
    errorCode: answer.error,
    generationId: answer.generation,
    protocolType: answer.protocolType,
    protocolName: answer.protocolName ?? (apiVersion < NULL_PROTOCOL_VERSION ? "" : null),
    leader: answer.leaderId,
    memberId: answer.memberId,
    members: answer.members,
    ...(answer.skipAssignment ? { skipAssignment: true } : {}),
  };
});

/** The client's address as Kafka writes it. */
function clientHostOf({ connection }: RequestContext): string {
  const { remoteAddress } = connection;
  const end = remoteAddress.lastIndexOf(":");
  return `/${(end < 0 ? remoteAddress : remoteAddress.slice(0, end)).replace(/^::ffff:/, "")}`;
}

const KNOWN_MEMBER_ID_VERSION = 4;
const NULL_PROTOCOL_VERSION = 7;
const SKIP_ASSIGNMENT_VERSION = 9;
