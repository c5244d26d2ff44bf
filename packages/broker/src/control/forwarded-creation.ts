import type { TopicCreation } from "@ottla/controller";
import { createTopics, decodeResponse, encodeRequestFrame, FrameSplitter } from "@ottla/protocol";
import { type Clock, type Sockets, type StreamSocket, withDeadline } from "@ottla/runtime";
import type { CreationOutcome } from "./topic-creation";

/** The controller's broker could not be asked. */
export class ForwardingFailed extends Error {
  override readonly name = "ForwardingFailed";
}

const ANSWER_MS = 2_000;
/** Far more than the answer about every topic that one Metadata request can name. */
const ANSWER_BYTES_MAX = 100 * 1024 * 1024;
const VERSION = 5;
const CORRELATION_ID = 1;

/**
 * Asks the controller's broker for topics as any client does, over Kafka's own protocol and a connection of its own: this happens once in
 * the life of a topic.
 *
 * @throws ForwardingFailed, DeadlineExceeded
 */
export async function createAt(
  endpoint: { readonly host: string; readonly port: number },
  topics: readonly TopicCreation[],
  clock: Clock,
  sockets: Sockets,
): Promise<readonly CreationOutcome[]> {
  const socket = sockets.connect(endpoint);
  try {
    return await withDeadline(clock, ANSWER_MS, "an answer of the controller's broker", exchange(socket, topics));
  } finally {
    socket.destroy();
  }
}

function exchange(socket: StreamSocket, topics: readonly TopicCreation[]): Promise<readonly CreationOutcome[]> {
  const request = {
    topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs,
    })),
    timeoutMs: 0,
  };
  const header = { correlationId: CORRELATION_ID, clientId: "broker" };
  const splitter = new FrameSplitter({ frameSizeBytesMax: ANSWER_BYTES_MAX });
  return new Promise((resolve, reject) => {
    socket.on("error", (cause) => reject(new ForwardingFailed("the controller's broker is not reached", { cause })));
    socket.on("close", () => reject(new ForwardingFailed("the controller's broker closed the connection")));
    socket.on("data", (chunk: Buffer) => {
      try {
        const { frames, error } = splitter.push(chunk);
        if (error !== null) throw error;
        const [frame] = frames;
        if (frame === undefined) return;
        const { response } = decodeResponse(createTopics, VERSION, frame);
        resolve(response.topics.map(({ name, errorCode }) => ({ name, error: errorCode })));
      } catch (cause) {
        reject(new ForwardingFailed("the controller's broker answered what is no answer", { cause }));
      }
    });
    socket.write(Buffer.concat(encodeRequestFrame(createTopics, VERSION, header, request)));
  });
}
