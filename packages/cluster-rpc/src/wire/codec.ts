/**
 * Bytes that can be copied once to where they leave from. A `Buffer` is one; a push is another, whose records are copied from where they lie
 * straight into gRPC's own frame.
 */
export interface Frame {
  readonly byteLength: number;
  /** Writes all bytes into `target` from position `at`. */
  copy(target: Buffer, at: number): number;
}

/** One kind of message to bytes and back. */
export interface Codec<Out, In = Out> {
  encode(message: Out): Frame;
  /**
   * @throws MalformedMessage or any Error when `bytes` are no such message
   */
  decode(bytes: Buffer): In;
}

/** The last message of an end that closes on purpose. */
export interface Goodbye {
  readonly kind: "goodbye";
  readonly reason: string;
}

/** The codecs of the two ends of a bidirectional stream; the dialling end's messages are `Client`. */
export interface StreamCodecs<ClientOut, ClientIn, ServerOut, ServerIn> {
  readonly path: string;
  readonly fromClient: Codec<ClientOut | Goodbye, ServerIn | Goodbye>;
  readonly fromServer: Codec<ServerOut | Goodbye, ClientIn | Goodbye>;
}

/** Bytes from a peer that are no message of this protocol. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** All bytes of `frame` in a buffer of their own. */
export function bytesOf(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(frame.byteLength);
  frame.copy(bytes, 0);
  return bytes;
}
