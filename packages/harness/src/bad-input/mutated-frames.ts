import { connect } from "node:net";
import { apis, apiVersions, encodeRequestFrame, fetch, listOffsets, metadata, produce } from "@ottla/protocol";
import type { Random } from "@ottla/runtime";
import { goodBatch, produceOf } from "./cases";

const header = { correlationId: 1, clientId: "mutant" };

/**
 * A frame that is random, or a good request with some bytes changed, cut or added. Half keep a right length in front, so that they get
 * past the framing.
 */
export function mutatedFrame(random: Random, topic: string): Buffer {
  if (random.below(5) === 0) return framedRandom(random);
  const seeds = goodFrames(topic);
  const frame = Buffer.from(seeds[random.below(seeds.length)] ?? Buffer.alloc(8));
  const changes = 1 + random.below(8);
  for (let i = 0; i < changes; i++) frame[4 + random.below(frame.length - 4)] = random.below(256);
  const cut = random.below(4) === 0 ? frame.subarray(0, 5 + random.below(frame.length - 5)) : frame;
  const sent = Buffer.from(cut);
  if (random.below(2) === 0) sent.writeInt32BE(sent.length - 4, 0);
  return sent;
}

function framedRandom(random: Random): Buffer {
  const body = random.bytes(1 + random.below(400));
  const size = Buffer.alloc(4);
  size.writeInt32BE(random.below(3) === 0 ? random.below(2 ** 32) | 0 : body.length);
  return Buffer.concat([size, body]);
}

function goodFrames(topic: string): Buffer[] {
  const batch = goodBatch();
  return [
    encodeRequestFrame(produce, 9, header, produceOf(topic, batch, 1)),
    encodeRequestFrame(produce, 3, header, produceOf(topic, batch, -1)),
    encodeRequestFrame(metadata, 12, header, { topics: null, allowAutoTopicCreation: false }),
    encodeRequestFrame(apiVersions, 3, header, { clientSoftwareName: "mutant", clientSoftwareVersion: "1" }),
    encodeRequestFrame(listOffsets, 7, header, {
      replicaId: -1,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
    }),
    encodeRequestFrame(fetch, 11, header, {
      replicaId: -1,
      maxWaitMs: 1,
      minBytes: 1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 10_000 }] }],
    }),
    ...[...apis.values()].filter((api) => api.key > 18).map((api) => headerOnly(api.key, api.minVersion)),
  ].map((chunks) => Buffer.concat(chunks));
}

/** The header of a request with a body of zeros: where a mutation makes it another version, another body is read from them. */
function headerOnly(apiKey: number, version: number): Buffer[] {
  const frame = Buffer.alloc(64);
  frame.writeInt32BE(60, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(version, 6);
  frame.writeInt32BE(1, 8);
  frame.writeInt16BE(-1, 12);
  return [frame];
}

/** Sends one frame over a connection of its own and waits until the broker answers, closes, or `patienceMs` have passed. */
export function sendAlone(port: number, frame: Buffer, patienceMs: number): Promise<"answered" | "closed" | "waited"> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const finish = (outcome: "answered" | "closed" | "waited") => {
      clearTimeout(patience);
      socket.destroy();
      resolve(outcome);
    };
    const patience = setTimeout(() => finish("waited"), patienceMs);
    socket.once("connect", () => socket.write(frame));
    socket.once("data", () => finish("answered"));
    socket.once("end", () => finish("closed"));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") finish("closed");
      else reject(error);
    });
  });
}
