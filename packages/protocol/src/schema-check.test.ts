import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { apis } from "./apis/index";
import { array, errorCode, type Fields, int32, int64, nullableString, string, struct } from "./schema/field";
import { allMessages } from "./testing/all-messages";
import { type ComparedSchema, type KafkaSchema, schemaDifferences } from "./testing/schema-differences";

/** A folder with Kafka's own schemas as plain JSON, one file for each message; never part of this repository. */
const FOLDER = process.env["OTTLA_KAFKA_MESSAGES"] ?? join(__dirname, "../../../../shared/reference/kafka-messages");
const demanded = process.env["CI"] === "true";
const present = existsSync(FOLDER);
if (!present && !demanded) process.stdout.write("schema check skipped: OTTLA_KAFKA_MESSAGES names no folder\n");

describe("our schemas beside Kafka's", () => {
  const messages = allMessages();

  (present || demanded ? it : it.skip)(`are the same in every field, for all ${messages.length} messages`, () => {
    if (!present) throw new Error(`no folder ${FOLDER}; set OTTLA_KAFKA_MESSAGES`);
    const differences = messages.flatMap((message) => schemaDifferences(message, kafkaSchema(message.name)));
    expect(differences).toEqual([]);
  });

  (present ? it : it.skip)("have Kafka's API keys", () => {
    for (const { name, key, request, response } of apis.values()) {
      const theirs = [kafkaSchema(request.name).apiKey, kafkaSchema(response.name).apiKey];
      expect([name, ...theirs]).toEqual([name, key, key]);
    }
  });

  const page = join(FOLDER, "../api-versions.md");
  (existsSync(page) ? it : it.skip)(
    "are those of clients, in the versions that a ZooKeeper-mode 3.9 advertises",
    () => {
      const row = /^\| (\d+) \| (\w+) \| ([BC+]+) \| ([\d-]+|none) \| (\S+) \|/gm;
      const advertised = [...readFileSync(page, "utf8").matchAll(row)]
        .map(([, key, name, use, range, flexible]) => ({ key: Number(key), name, use, range, flexible }))
        .filter(({ use, range }) => use?.includes("C") && range !== "none")
        .map(({ key, name, range, flexible }) => [key, name, range, flexible]);
      const ours = [...apis.values()].map((api) => [api.key, api.name, api.validVersions, api.flexibleVersions]);
      expect(ours).toEqual(advertised);
    },
  );
});

describe("a schema that is not Kafka's", () => {
  const fields = {
    errorCode: errorCode("0+"),
    topics: array("0+", {
      name: string("0+", { mapKey: true }),
      offset: int64("2+", { default: -1n, ignorable: true }),
    }),
    rack: nullableString("1+", { default: null }),
    leader: struct("3+", { id: int32("3+", { default: -1 }) }, { tag: 0 }),
  } satisfies Fields;
  const ours: ComparedSchema = { name: "ExampleResponse", validVersions: "0-3", flexibleVersions: "2+", fields };
  const kafkas: KafkaSchema = {
    type: "response",
    name: "ExampleResponse",
    validVersions: "0-3",
    flexibleVersions: "2+",
    fields: [
      { name: "ErrorCode", type: "int16", versions: "0+" },
      { name: "Topics", type: "[]Topic", versions: "0+" },
      { name: "Rack", type: "string", versions: "1+", nullableVersions: "1+", default: "null" },
      {
        name: "Leader",
        type: "Leader",
        versions: "3+",
        taggedVersions: "3+",
        tag: 0,
        fields: [{ name: "Id", type: "int32", versions: "3+", default: "-1" }],
      },
    ],
    commonStructs: [
      {
        name: "Topic",
        fields: [
          { name: "Name", type: "string", versions: "0+", mapKey: true },
          { name: "Offset", type: "int64", versions: "2+", default: "-1", ignorable: true },
        ],
      },
    ],
  };
  const topic = { name: string("0+", { mapKey: true }) };
  const { rack: _, ...withoutRack } = fields;
  const { errorCode: code, ...rest } = fields;

  it("would have no difference if it were Kafka's", () => {
    expect(schemaDifferences(ours, kafkas)).toEqual([]);
  });

  it.each<[string, Partial<ComparedSchema>, string]>([
    ["a field missing", { fields: withoutRack }, "ExampleResponse.rack: missing"],
    [
      "a field too many",
      { fields: { ...fields, extra: int32("0+") } },
      "ExampleResponse.extra: Kafka has no such field",
    ],
    ["two fields exchanged", { fields: { ...rest, errorCode: code } }, "ExampleResponse: order of fields is topics"],
    ["another type", { fields: { ...fields, errorCode: int32("0+") } }, "ExampleResponse.errorCode: type is int32"],
    [
      "other versions",
      { fields: { ...fields, errorCode: errorCode("1+") } },
      "ExampleResponse.errorCode: versions is 1+",
    ],
    ["no null", { fields: { ...fields, rack: string("1+") } }, "ExampleResponse.rack: nullableVersions is none"],
    ["another default", { fields: { ...fields, rack: nullableString("1+") } }, 'ExampleResponse.rack: default is ""'],
    [
      "a default changed deep inside",
      { fields: { ...fields, topics: array("0+", { ...topic, offset: int64("2+", { ignorable: true }) }) } },
      "ExampleResponse.topics.offset: default is 0, Kafka's -1",
    ],
    [
      "ignorable forgotten",
      { fields: { ...fields, topics: array("0+", { ...topic, offset: int64("2+", { default: -1n }) }) } },
      "ExampleResponse.topics.offset: ignorable is false",
    ],
    [
      "another tag",
      { fields: { ...fields, leader: struct("3+", { id: int32("3+", { default: -1 }) }, { tag: 1 }) } },
      "ExampleResponse.leader: tag is 1, Kafka's 0",
    ],
    [
      "no tag",
      { fields: { ...fields, leader: struct("3+", { id: int32("3+", { default: -1 }) }) } },
      "ExampleResponse.leader: taggedVersions is none",
    ],
    ["other valid versions", { validVersions: "0-4" }, "ExampleResponse: validVersions is 0-4"],
    ["other flexible versions", { flexibleVersions: "3+" }, "ExampleResponse: flexibleVersions is 3+"],
  ])("is told by its field: %s", (_name, change, difference) => {
    const found = schemaDifferences({ ...ours, ...change }, kafkas);
    expect(found.filter((line) => line.startsWith(difference))).toHaveLength(1);
  });
});

function kafkaSchema(name: string): KafkaSchema {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as KafkaSchema;
}
