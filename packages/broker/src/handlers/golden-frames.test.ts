import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type Api,
  apis,
  apiVersions,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequestFrame,
} from "@ottla/protocol";
import { RunningBroker } from "../testing/running-broker";
import { WireClient } from "../testing/wire-client";

/**
 * Requests that real clients sent to Apache Kafka 3.9.1, played in their order to a broker of ours, and the answers compared.
 *
 * The recording is described in fixtures/frames/README.md. Topic ids, fetch sessions and member ids are translated; what depends on the run is
 * not compared.
 */
const SCENARIOS = [
  "java-topics",
  "java-console-producer",
  "java-console-consumer",
  "java-consumer-groups",
  "java-configs",
  "java-others",
  "kafkajs",
  "kcat",
  "kafka-python",
  "librdkafka",
] as const;

interface Frame {
  readonly conn: number;
  readonly dir: "request" | "response";
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly hex: string;
}

type Tree = { [field: string]: unknown };

/** Depends on the run, or on where the broker stands. */
const NOT_COMPARED = new Set([
  "clusterId",
  "host",
  "port",
  "producerId",
  "logDir",
  "totalBytes",
  "usableBytes",
  "partitionSize",
  "timestamp",
  "logAppendTimeMs",
  "apiKeys",
  "zkMigrationReady",
  "finalizedFeaturesEpoch",
  "documentation",
]);

/**
 * Where we answer otherwise, and why: "scenario: place in the answer". A difference that is not listed fails; so does a listed one that is
 * not met.
 */
const DIFFERENCES: readonly { readonly at: RegExp; readonly why: string }[] = [
  {
    at: /configs\[(remote\.(storage\.enable|log\..*)|local\.retention\..*)\]$/,
    why: "there is no tiered storage, and so no config of it",
  },
  {
    at: /configs\[message\.downconversion\.enable\](\.synonyms\[\])?\.value$/,
    why: "down-conversion is not served, and the config says so",
  },
  {
    at: /^java-configs: IncrementalAlterConfigs\.responses\[\]\.errorMessage$/,
    why: "the same error and its beginning; we go on to say which values are right",
  },
  {
    at: /^java-console-producer: InitProducerId\.(errorCode|producerEpoch)$/,
    why: "Kafka's first producer has to come back for its id; ours waits until the first block is there",
  },
  { at: /: FindCoordinator\b/, why: "transactions are not served yet" },
  {
    at: /: Metadata\.topics\[__transaction_state\]$/,
    why: "transactions are not served yet",
  },
  {
    at: /^(kafkajs|librdkafka): (InitProducerId|Produce)\./,
    why: "transactional producers are refused",
  },
  { at: /^kafkajs: ListGroups\.groups\[\]$/, why: "a group that only a refused transaction has committed for" },
  {
    at: /^(kafkajs|librdkafka): Fetch\.responses\[\]\.partitions\[\]/,
    why: "the records of refused transactions are not in the log",
  },
  {
    at: /^(kafkajs|java-others): ListOffsets\.topics\[\]\.partitions\[\]\.offset$/,
    why: "the records of refused transactions are not in the log, nor those of a transactional load that is not played",
  },
];

let broker: RunningBroker;
beforeAll(async () => {
  broker = await RunningBroker.start({
    configs: {
      "num.partitions": "1",
      "offsets.topic.replication.factor": "1",
      "offsets.topic.num.partitions": "1",
      "group.initial.rebalance.delay.ms": "0",
    },
  });
});
afterAll(() => broker.close());

const topicIds = new Map<string, string>();
const sessionIds = new Map<number, number>();
const memberIds = new Map<string, string>();
const met = new Set<RegExp>();
let played = 0;
let equal = 0;

describe("what clients recorded with Apache Kafka 3.9.1 asked", () => {
  it.each(SCENARIOS)("%s is answered alike", async (scenario) => {
    const frames = framesOf(scenario);
    const clients = new Map<number, WireClient>();
    const unlisted: string[] = [];
    for (const [index, frame] of frames.entries()) {
      if (frame.dir !== "request") continue;
      const recorded = frames.find(
        (other, at) =>
          at > index &&
          other.dir === "response" &&
          other.conn === frame.conn &&
          other.correlationId === frame.correlationId,
      );
      const api = apis.get(frame.apiKey);
      if (api === undefined) continue;
      let client = clients.get(frame.conn);
      if (client === undefined) clients.set(frame.conn, (client = await WireClient.connect(broker.port)));
      if (recorded === undefined) {
        if (api.name === "Produce") await sendUnanswered(client, frame);
        continue;
      }
      const differences = await play(client, api, frame, recorded);
      played++;
      if (differences.length === 0) equal++;
      for (const difference of differences) {
        const here = `${scenario}: ${difference.where}`;
        const listed = DIFFERENCES.find(({ at }) => at.test(here));
        if (listed === undefined) unlisted.push(`${here}: ${difference.what}`);
        else met.add(listed.at);
      }
    }
    for (const client of clients.values()) client.close();
    expect([...new Set(unlisted)]).toEqual([]);
  });

  it("differs in all that is listed, and in nothing else", () => {
    process.stdout.write(
      `golden frames: ${played} exchanges played, ${equal} equal, ${played - equal} with listed differences\n`,
    );
    expect(DIFFERENCES.map(({ at }) => at).filter((at) => !met.has(at))).toEqual([]);
  });
});

/** A Produce with acks=0. Whatever is answered after it came after it. */
async function sendUnanswered(client: WireClient, frame: Frame): Promise<void> {
  const bytes = Buffer.from(frame.hex, "hex");
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  client.send(Buffer.concat([size, bytes]));
  await client.request(apiVersions, 0, {});
}

async function play(
  client: WireClient,
  api: Api,
  frame: Frame,
  recorded: Frame,
): Promise<{ readonly where: string; readonly what: string }[]> {
  const bytes = Buffer.from(frame.hex, "hex");
  const { bodyOffset } = decodeRequestHeader(bytes);
  const asked = decodeRequest(api, frame.apiVersion, bytes, bodyOffset).request as Tree;
  const request = translated(asked);
  // The recorded consumer waited; the answer is the same without.
  if (typeof request.maxWaitMs === "number") request.maxWaitMs = 0;
  const header = { correlationId: frame.correlationId, clientId: frame.clientId };
  const sent = Buffer.concat(encodeRequestFrame(api, frame.apiVersion, header, request as never));
  const prefix = `${api.name}`;
  const theirs = decodeResponse(api, recorded.apiVersion, Buffer.from(recorded.hex, "hex")).response as Tree;
  let ours: Tree;
  for (let attempt = 0; ; attempt++) {
    const answer = await client.exchange(sent);
    if (answer === null) return [{ where: prefix, what: "the connection was closed" }];
    ours = decodeResponse(api, frame.apiVersion, answer).response as Tree;
    // The recorded client had slept before it asked again.
    if (attempt === ATTEMPTS_MAX || isComing(theirs) || !isComing(ours)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  learn(theirs, ours);
  const differences: { where: string; what: string }[] = [];
  compare(prefix, translated(theirs), ours, differences);
  return differences;
}

const ATTEMPTS_MAX = 1000;

/** Whether the coordinator is on its way. */
function isComing(answer: Tree): boolean {
  return /COORDINATOR_NOT_AVAILABLE|COORDINATOR_LOAD_IN_PROGRESS|NOT_COORDINATOR/.test(brief(answer, 1000));
}

/** Notes which of our topic ids, session ids and member ids stand for recorded ones. */
function learn(theirs: unknown, ours: unknown): void {
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    for (const item of theirs) learn(item, ours.find((other) => sameKey(item, other)) ?? ours[theirs.indexOf(item)]);
    return;
  }
  if (!isTree(theirs) || !isTree(ours)) return;
  if (typeof theirs.topicId === "string" && typeof ours.topicId === "string" && "name" in theirs) {
    topicIds.set(theirs.topicId, ours.topicId);
  }
  if (typeof theirs.sessionId === "number" && typeof ours.sessionId === "number")
    sessionIds.set(theirs.sessionId, ours.sessionId);
  if (typeof theirs.memberId === "string" && typeof ours.memberId === "string" && "generationId" in theirs)
    memberIds.set(theirs.memberId, ours.memberId);
  for (const field of Object.keys(theirs)) learn(theirs[field], ours[field]);
}

function translated(tree: Tree): Tree {
  const value = (given: unknown, field: string): unknown => {
    if (Buffer.isBuffer(given)) return given;
    if (Array.isArray(given)) return given.map((item) => value(item, field));
    if (isTree(given)) return translated(given);
    if (field === "topicId" && typeof given === "string") return topicIds.get(given) ?? given;
    if (field === "sessionId" && typeof given === "number") return sessionIds.get(given) ?? given;
    if ((field === "memberId" || field === "leader") && typeof given === "string") return memberIds.get(given) ?? given;
    return given;
  };
  return Object.fromEntries(Object.entries(tree).map(([field, given]) => [field, value(given, field)]));
}

/** Lists whose items differ one by one. */
const NAMED_LISTS = /(configs|Metadata.topics)$/;
const KEYS = [
  "name",
  "topic",
  "topicId",
  "partitionIndex",
  "index",
  "resourceName",
  "nodeId",
  "brokerId",
  "key",
  "groupId",
  "memberId",
];

function sameKey(a: unknown, b: unknown): boolean {
  if (!isTree(a) || !isTree(b)) return false;
  const key = KEYS.find(
    (field) => field in a && a[field] !== null && a[field] !== "AAAAAAAAAAAAAAAAAAAAAA" && a[field] !== "",
  );
  return key !== undefined && a[key] === b[key];
}

/** Lists of things with a name or number are compared without regard to order: Kafka's is that of its hash tables. */
function compare(where: string, theirs: unknown, ours: unknown, into: { where: string; what: string }[]): void {
  if (isRecords(theirs) || isRecords(ours)) {
    const size = (slices: unknown) =>
      Array.isArray(slices) ? slices.reduce((sum: number, b: Buffer) => sum + b.length, 0) : 0;
    if (size(theirs) !== size(ours)) into.push({ where, what: `${size(theirs)} bytes, ours ${size(ours)}` });
    return;
  }
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const unmatched = new Set<unknown>(ours);
    for (const [index, item] of theirs.entries()) {
      const other = isTree(item) ? ours.find((one) => sameKey(item, one)) : ours[index];
      const at = isTree(item) && NAMED_LISTS.test(where) ? `${where}[${String(item.name)}]` : `${where}[]`;
      if (other === undefined) into.push({ where: at, what: `ours lacks ${brief(item)}` });
      else {
        unmatched.delete(other);
        compare(at, item, other, into);
      }
    }
    for (const extra of unmatched)
      if (isTree(extra)) into.push({ where: `${where}[]`, what: `ours adds ${brief(extra)}` });
    return;
  }
  if (isTree(theirs) && isTree(ours)) {
    for (const field of Object.keys(theirs)) {
      if (!NOT_COMPARED.has(field)) compare(`${where}.${field}`, theirs[field], ours[field], into);
    }
    return;
  }
  if (Buffer.isBuffer(theirs) && Buffer.isBuffer(ours) && theirs.equals(ours)) return;
  if (theirs !== ours) into.push({ where, what: `${brief(theirs)}, ours ${brief(ours)}` });
}

function framesOf(scenario: string): readonly Frame[] {
  const packed = readFileSync(join(__dirname, "../../fixtures/frames", `${scenario}.jsonl.gz`));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Frame);
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

function isRecords(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Buffer.isBuffer(item));
}

function brief(value: unknown, lengthMax = 120): string {
  return (
    JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? Number(field) : field)) ?? "nothing"
  ).slice(0, lengthMax);
}
