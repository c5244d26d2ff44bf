import {
  apiVersions,
  type FetchRequest,
  type FetchRequestInput,
  fetch,
  metadata,
  type OffsetFetchResponseInput,
  produce,
} from "./apis/index";
import {
  decodeApiVersionsResponse,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequestFrame,
  encodeResponseFrame,
  REQUEST_ELEMENTS_MAX,
} from "./framing";
import { MalformedMessage } from "./schema/malformed-message";
import { UnencodableFieldError, UnsupportedFieldError } from "./schema/unencodable-field";

const ofFrame = (chunks: readonly Buffer[]) => Buffer.concat(chunks).subarray(4);

describe("a request on its way", () => {
  const batches = [Buffer.alloc(100, 1), Buffer.alloc(5000, 2)];
  const request = {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: "orders", partitionData: [{ index: 0, records: batches }] }],
  };

  it("begins with its size, and passes record slices on by reference", () => {
    const chunks = encodeRequestFrame(produce, 9, { correlationId: 7, clientId: "c" }, request);
    const frame = Buffer.concat(chunks);
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
    for (const batch of batches) expect(chunks.some((chunk) => chunk === batch)).toBe(true);
  });

  it.each([3, 8, 9, 11])("comes back as it was at version %d, its records as one slice of the frame", (version) => {
    const frame = ofFrame(encodeRequestFrame(produce, version, { correlationId: 7, clientId: "client" }, request));
    const header = decodeRequestHeader(frame);
    expect(header).toMatchObject({ apiKey: 0, apiVersion: version, correlationId: 7, clientId: "client" });
    const { request: read, bytesRead } = decodeRequest(produce, version, frame, header.bodyOffset);
    expect(header.bodyOffset + bytesRead).toBe(frame.length);
    const records = read.topicData[0]?.partitionData[0]?.records ?? [];
    expect(records).toHaveLength(1);
    expect(records[0]).toEqual(Buffer.concat(batches));
    expect(records[0]?.buffer).toBe(frame.buffer);
    expect(read.transactionalId).toBeNull();
  });

  it("gives no slice for records that are there but empty, and null for those that are not", () => {
    for (const records of [[], null]) {
      const empty = { ...request, topicData: [{ name: "t", partitionData: [{ index: 0, records }] }] };
      const frame = ofFrame(encodeRequestFrame(produce, 9, { correlationId: 1, clientId: null }, empty));
      const { bodyOffset } = decodeRequestHeader(frame);
      expect(decodeRequest(produce, 9, frame, bodyOffset).request.topicData[0]?.partitionData[0]?.records).toEqual(
        records,
      );
    }
  });

  it("may have bytes behind it, which are left alone", () => {
    const frame = ofFrame(encodeRequestFrame(produce, 9, { correlationId: 1, clientId: null }, request));
    const { bodyOffset } = decodeRequestHeader(frame);
    const { bytesRead } = decodeRequest(produce, 9, Buffer.concat([frame, Buffer.alloc(3)]), bodyOffset);
    expect(bytesRead).toBe(frame.length - bodyOffset);
  });

  it("is readable up to its body although its version is unknown", () => {
    const frame = Buffer.from("0012000f0000000900016100ffff", "hex");
    expect(decodeRequestHeader(frame)).toMatchObject({ apiKey: 18, apiVersion: 15, correlationId: 9, clientId: "a" });
  });
});

describe("a response on its way", () => {
  it("brings its correlation id and the names of errors", () => {
    const chunks = encodeResponseFrame(fetch, 17, 42, { responses: [], errorCode: "INVALID_FETCH_SESSION_EPOCH" });
    const { correlationId, response } = decodeResponse(fetch, 17, ofFrame(chunks));
    expect(correlationId).toBe(42);
    expect(response).toEqual({
      throttleTimeMs: 0,
      errorCode: "INVALID_FETCH_SESSION_EPOCH",
      sessionId: 0,
      responses: [],
      nodeEndpoints: [],
    });
  });

  it("is refused with bytes behind it", () => {
    const frame = Buffer.concat([ofFrame(encodeResponseFrame(fetch, 4, 1, { responses: [] })), Buffer.alloc(1)]);
    expect(() => decodeResponse(fetch, 4, frame)).toThrow(MalformedMessage);
  });
});

describe("the answer to ApiVersions", () => {
  const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 4 }];

  it("is read in version 0 when the broker does not know the version asked for", () => {
    const frame = ofFrame(encodeResponseFrame(apiVersions, 0, 5, { errorCode: "UNSUPPORTED_VERSION", apiKeys }));
    expect(decodeApiVersionsResponse(4, frame)).toMatchObject({
      correlationId: 5,
      response: { errorCode: "UNSUPPORTED_VERSION", apiKeys },
    });
  });

  it("is read in the version asked for otherwise", () => {
    const frame = ofFrame(encodeResponseFrame(apiVersions, 4, 5, { errorCode: "NONE", apiKeys, throttleTimeMs: 7 }));
    expect(decodeApiVersionsResponse(4, frame).response).toMatchObject({ errorCode: "NONE", throttleTimeMs: 7 });
  });
});

describe("a request that announces an array for every byte", () => {
  it("is refused before it becomes more objects than we accept", () => {
    const topics = Array.from({ length: REQUEST_ELEMENTS_MAX + 1 }, () => ({ name: "" }));
    const frame = ofFrame(encodeRequestFrame(metadata, 9, { correlationId: 1, clientId: null }, { topics }));
    const { bodyOffset } = decodeRequestHeader(frame);
    expect(() => decodeRequest(metadata, 9, frame, bodyOffset)).toThrow(MalformedMessage);
  });
});

describe("a value that the version or the field cannot carry", () => {
  const header = { correlationId: 1, clientId: null };
  const base = { maxWaitMs: 1, minBytes: 1, topics: [] };

  it("is named with its place when the version lacks the field", () => {
    const request = { ...base, forgottenTopicsData: [{ topic: "t", partitions: [1] }] };
    expect(() => encodeRequestFrame(fetch, 6, header, request)).toThrow(UnsupportedFieldError);
    expect(() => encodeRequestFrame(fetch, 6, header, request)).toThrow(/FetchRequest version 6, forgottenTopicsData/);
  });

  it("is dropped when the field may be", () => {
    const request = { ...base, rackId: "r1" };
    const frame = ofFrame(encodeRequestFrame(fetch, 10, header, request));
    const { request: read } = decodeRequest(fetch, 10, frame, decodeRequestHeader(frame).bodyOffset);
    expect(read.rackId).toBe("");
  });

  it("is named with its place when it is out of range", () => {
    const topics = [{ topic: "t", partitions: [{ partition: 2 ** 31, fetchOffset: 0n, partitionMaxBytes: 1 }] }];
    const encodeIt = () => encodeRequestFrame(fetch, 4, header, { ...base, topics });
    expect(encodeIt).toThrow(UnencodableFieldError);
    expect(encodeIt).toThrow(/topics\[0\]\.partitions\[0\]\.partition: 2147483648/);
  });
});

describe("the types", () => {
  it("ask for what every version of an element has, in elements that are not in every version too", () => {
    const partition = { partitionIndex: 0, committedOffset: 5n, metadata: "", errorCode: "NONE" } as const;
    const { committedOffset: _, ...without } = partition;
    const groups = (partitions: OffsetFetchResponseInput["groups"]) => partitions;
    expect(groups([{ groupId: "g", topics: [{ name: "t", partitions: [partition] }] }])).toHaveLength(1);
    // @ts-expect-error a committed offset must be given
    expect(groups([{ groupId: "g", topics: [{ name: "t", partitions: [without] }] }])).toHaveLength(1);
  });

  it("give every field when read, and let fields with a default be left out when written", () => {
    const read = (request: FetchRequest): string | null => request.clusterId;
    expect(read).toBeInstanceOf(Function);
    const header = { correlationId: 1, clientId: null };
    // @ts-expect-error maxWaitMs has no default
    const incomplete: FetchRequestInput = { minBytes: 1, topics: [] };
    expect(encodeRequestFrame(fetch, 4, header, { ...incomplete, maxWaitMs: 5 })).toHaveLength(1);
  });
});
