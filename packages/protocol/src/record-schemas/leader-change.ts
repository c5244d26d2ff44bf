import { array, type Fields, int16, int32, uuid } from "../schema/field";
import { defineMessage, type MessageOf } from "../schema/message";

const voter = {
  voterId: int32("0+"),
  voterDirectoryId: uuid("1+"),
} satisfies Fields;

/** Value of a leader change's control record (KRaft logs only; readers of logs meet it). */
export const leaderChangeMessage = defineMessage({
  name: "LeaderChangeMessage",
  validVersions: "0-1",
  flexibleVersions: "0+",
  fields: {
    version: int16("0+"),
    leaderId: int32("0+"),
    voters: array("0+", voter),
    grantingVoters: array("0+", voter),
  },
});

export type LeaderChangeMessage = MessageOf<typeof leaderChangeMessage>;
