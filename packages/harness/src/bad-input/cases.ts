import {
  apiVersions,
  BatchBuilder,
  encodeRequestFrame,
  fetch,
  metadata,
  type ProduceRequestInput,
  produce,
} from "@ottla/protocol";

/** Bytes no well-behaved client sends, and how they are sent. */
export interface BadInputCase {
  readonly name: string;
  /** What goes onto the wire, in one write. */
  readonly bytes: Buffer;
  /** Ends our side right after the bytes, leaving the other open: a half-open connection. */
  readonly halfClose?: boolean;
  /** How to say in one line what the answer's bytes mean; `frame` is the first answer without its size. */
  readonly explain?: (frame: Buffer) => string;
}

const CORRELATION_ID = 7;
const header = { correlationId: CORRELATION_ID, clientId: "bad-input" };

/** The cases of the table in docs/bad-input.md. The topic has one partition and must exist. */
export function badInputCases(topic: string): readonly BadInputCase[] {
  return [...frameCases(), ...headerCases(), ...bodyCases(topic), ...produceCases(topic)];
}

function frameCases(): BadInputCase[] {
  return [
    { name: "size negative", bytes: int32(-1) },
    { name: "size over socket.request.max.bytes", bytes: int32(0x7fffffff) },
    { name: "size 0", bytes: int32(0) },
    { name: "size 100 MiB announced, nothing sent, half closed", bytes: int32(104_857_600), halfClose: true },
    { name: "an HTTP request", bytes: Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") },
    { name: "a TLS hello", bytes: Buffer.from("1603010200010001fc0303", "hex") },
    { name: "half a frame, half closed", bytes: Buffer.concat([int32(100), Buffer.alloc(50)]), halfClose: true },
  ];
}

function headerCases(): BadInputCase[] {
  const versionsAnswer = (frame: Buffer) => `v0 body, error ${frame.readInt16BE(4)}, ${frame.readInt32BE(6)} entries`;
  return [
    { name: "unknown api key 999", bytes: framed(requestHeader(999, 0)) },
    { name: "negative api key", bytes: framed(requestHeader(-5, 0)) },
    { name: "Metadata version 99", bytes: framed(requestHeader(3, 99)) },
    { name: "negative version", bytes: framed(requestHeader(3, -1)) },
    { name: "ApiVersions version 99", bytes: framed(requestHeader(18, 99), Buffer.from([0])), explain: versionsAnswer },
    { name: "header cut short", bytes: framed(Buffer.from([0, 3, 0, 1])) },
    { name: "client id longer than the frame", bytes: framed(Buffer.from("000300010000000700ff41", "hex")) },
    {
      name: "ApiVersions 3 with an illegal client name",
      bytes: Buffer.concat(
        encodeRequestFrame(apiVersions, 3, header, { clientSoftwareName: "bad name!", clientSoftwareVersion: "1" }),
      ),
      explain: (frame) => `error ${frame.readInt16BE(4)}`,
    },
  ];
}

function bodyCases(topic: string): BadInputCase[] {
  return [
    { name: "Metadata: array count 2^31-1", bytes: framed(requestHeader(3, 1), int32(0x7fffffff)) },
    { name: "Metadata: array count -2", bytes: framed(requestHeader(3, 1), int32(-2)) },
    {
      name: "Metadata: string length over the frame",
      bytes: framed(requestHeader(3, 1), int32(1), Buffer.from("7fff41", "hex")),
    },
    { name: "Metadata: body missing", bytes: framed(requestHeader(3, 1)) },
    {
      name: "Metadata: 20 bytes after the body",
      bytes: framed(requestHeader(3, 1), int32(0), Buffer.alloc(20)),
      explain: () => "as without them",
    },
    {
      name: "Metadata 12: tagged field longer than the frame",
      bytes: framed(requestHeader(3, 12), Buffer.from("0001000001007f", "hex")),
    },
    {
      name: "Metadata 12: varint without end",
      bytes: framed(requestHeader(3, 12), Buffer.from("00ffffffffffffffffffff", "hex")),
    },
    {
      name: "Fetch of a negative offset",
      bytes: Buffer.concat(
        encodeRequestFrame(fetch, 4, header, {
          replicaId: -1,
          maxWaitMs: 0,
          minBytes: 1,
          topics: [{ topic, partitions: [{ partition: 0, fetchOffset: -9n, partitionMaxBytes: 1000 }] }],
        }),
      ),
      explain: (frame) => `error ${frame.readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4)}`,
    },
    {
      name: "Metadata of a topic with an illegal name",
      bytes: Buffer.concat(encodeRequestFrame(metadata, 1, header, { topics: [{ name: "a b/c" }] })),
      explain: () => "answered",
    },
  ];
}

function produceCases(topic: string): BadInputCase[] {
  const answer = (frame: Buffer) => `error ${frame.readInt16BE(4 + 4 + 2 + topic.length + 4 + 4)}`;
  const send = (name: string, batch: Buffer, acks = 1): BadInputCase => ({
    name: `Produce: ${name}`,
    bytes: Buffer.concat(encodeRequestFrame(produce, 7, header, produceOf(topic, batch, acks))),
    explain: answer,
  });
  return [
    send(
      "wrong CRC",
      changed(goodBatch(), (batch) => flip(batch, 17)),
    ),
    send(
      "a changed byte in a record",
      changed(goodBatch(), (batch) => flip(batch, batch.length - 3)),
    ),
    send(
      "magic 9",
      changed(goodBatch(), (batch) => batch.writeInt8(9, 16)),
    ),
    send(
      "magic 1",
      changed(goodBatch(), (batch) => batch.writeInt8(1, 16)),
    ),
    send(
      "batch length negative",
      changed(goodBatch(), (batch) => batch.writeInt32BE(-1, 8)),
    ),
    send(
      "batch length over the records",
      changed(goodBatch(), (batch) => batch.writeInt32BE(100_000, 8)),
    ),
    send("batch cut short", goodBatch().subarray(0, 40)),
    send("no bytes", Buffer.alloc(0)),
    send(
      "unknown codec",
      changed(goodBatch(), (batch) => batch.writeInt8(7, 22)),
    ),
    send("acks 7", goodBatch(), 7),
    send(
      "wrong CRC with acks=0",
      changed(goodBatch(), (batch) => flip(batch, 17)),
      0,
    ),
    {
      ...send("to a topic that is not there", goodBatch()),
      bytes: Buffer.concat(encodeRequestFrame(produce, 7, header, produceOf("no-such-topic", goodBatch(), 1))),
      explain: (frame) => `error ${frame.readInt16BE(4 + 4 + 2 + "no-such-topic".length + 4 + 4)}`,
    },
  ];
}

export function produceOf(topic: string, batch: Buffer, acks: number): ProduceRequestInput {
  return {
    transactionalId: null,
    acks,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: [batch] }] }],
  };
}

export function goodBatch(timestamp = 1_700_000_000_000): Buffer {
  const builder = new BatchBuilder({});
  builder.append({ timestamp, key: Buffer.from("key"), value: Buffer.from("value of a record that is sound") });
  return builder.build();
}

function changed(batch: Buffer, change: (batch: Buffer) => unknown): Buffer {
  change(batch);
  return batch;
}

function flip(batch: Buffer, position: number): void {
  batch.writeUInt8(batch.readUInt8(position) ^ 0xff, position);
}

function requestHeader(apiKey: number, version: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt16BE(apiKey, 0);
  bytes.writeInt16BE(version, 2);
  bytes.writeInt32BE(CORRELATION_ID, 4);
  return Buffer.concat([bytes, Buffer.from("\0\x09bad-input", "latin1")]);
}

function framed(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
