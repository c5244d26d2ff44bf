import { lagOf, membersTable, offsetsTable, stateTable } from "./group-tables";

const member = {
  memberId: "consumer-1-2f0c",
  groupInstanceId: null,
  clientId: "c",
  host: "/10.0.0.5",
  assignment: [
    { topic: "orders", partition: 1 },
    { topic: "orders", partition: 0 },
    { topic: "paid", partition: 2 },
  ],
};
const group = {
  groupId: "g",
  state: "Stable",
  protocolType: "consumer",
  assignor: "range",
  coordinator: { nodeId: 2, host: "localhost", port: 9093 },
  members: [member],
};

describe("the tables of the consumer-groups tool", () => {
  it("show offsets in Kafka's columns, with a dash for what is not known", () => {
    const rows = [
      { topic: "orders", partition: 0, currentOffset: 5, logEndOffset: 12, consumer: member },
      { topic: "orders", partition: 1, currentOffset: null, logEndOffset: 3, consumer: null },
    ];
    expect(offsetsTable("g", rows)).toBe(
      [
        "",
        "GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID",
        "g               orders          0          5               12              7               consumer-1-2f0c /10.0.0.5       c",
        "g               orders          1          -               3               -               -               -               -",
        "",
      ].join("\n"),
    );
  });

  it("show members, and instance ids where there are any", () => {
    expect(membersTable(group, true)).toBe(
      [
        "",
        "GROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     ASSIGNMENT",
        "g               consumer-1-2f0c /10.0.0.5       c               3               orders(0,1), paid(2)",
        "",
      ].join("\n"),
    );
    const statics = { ...group, members: [{ ...member, groupInstanceId: "i-1" }] };
    expect(membersTable(statics, false).split("\n")[1]).toBe(
      "GROUP           CONSUMER-ID     GROUP-INSTANCE-ID HOST            CLIENT-ID       #PARTITIONS    ",
    );
  });

  it("show the coordinator and the state", () => {
    expect(stateTable(group)).toBe(
      [
        "",
        "GROUP                     COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE           #MEMBERS",
        "g                         localhost:9093  (2)       range                Stable          1",
        "",
      ].join("\n"),
    );
  });

  it("know no lag where an end of it is not known", () => {
    expect([lagOf(5, 12), lagOf(null, 12), lagOf(5, null)]).toEqual([7, null, null]);
  });
});
