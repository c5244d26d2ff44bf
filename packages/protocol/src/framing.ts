import { type ApiVersionsResponse, apiVersions } from "./apis/api-versions";
import { errorNameOf } from "./errors";
import { requestHeader, requestHeaderVersion, responseHeader, responseHeaderVersion } from "./headers";
import { ChunkWriter } from "./schema/chunk-writer";
import { decode } from "./schema/decode";
import { encodeInto } from "./schema/encode";
import type { Fields, InputOf, ValueOf } from "./schema/field";
import { MalformedMessage } from "./schema/malformed-message";
import type { Api } from "./schema/message";

/** What a request's header says, whether or not we know the API. */
export interface RequestFrameHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where in the frame the body begins. */
  readonly bodyOffset: number;
}

/** The int32 before a frame. */
export const FRAME_SIZE_BYTES = 4;

/**
 * Upper bound for the array elements of one request: many times what the requests of the largest clusters hold, and a
 * bound (some 100 MB) for what a hostile frame of 100 MiB can make us allocate.
 */
export const REQUEST_ELEMENTS_MAX = 500_000;

/**
 * A request as it goes onto the wire, its size first. Slices of `records` are passed on by reference.
 *
 * @throws UnencodableFieldError, UnsupportedFieldError, UnsupportedVersionError as `encode`
 */
export function encodeRequestFrame<Req extends Fields>(
  api: Api<Req>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  request: InputOf<Req>,
): Buffer[] {
  const writer = beginFrame();
  encodeInto(writer, requestHeader, requestHeaderVersion(api.key, version), {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: header.correlationId,
    clientId: header.clientId,
  });
  encodeInto(writer, api.request, version, request);
  return endFrame(writer);
}

/** A response as it goes onto the wire, its size first; throws as `encodeRequestFrame`. */
export function encodeResponseFrame<Res extends Fields>(
  api: Api<Fields, Res>,
  version: number,
  correlationId: number,
  response: InputOf<Res>,
): Buffer[] {
  const writer = beginFrame();
  encodeInto(writer, responseHeader, responseHeaderVersion(api.key, version), { correlationId });
  encodeInto(writer, api.response, version, response);
  return endFrame(writer);
}

/**
 * Reads the header of a request; `frame` is without its size.
 *
 * @throws MalformedMessage when there is no such header: the connection cannot go on
 */
export function decodeRequestHeader(frame: Buffer): RequestFrameHeader {
  if (frame.length < 4) throw new MalformedMessage("no header", 0).within(requestHeader.name);
  const version = requestHeaderVersion(frame.readInt16BE(0), frame.readInt16BE(2));
  const { value, bytesRead } = decode(requestHeader, version, frame, { allowTrailing: true });
  return {
    apiKey: value.requestApiKey,
    apiVersion: value.requestApiVersion,
    correlationId: value.correlationId,
    clientId: value.clientId,
    bodyOffset: bytesRead,
  };
}

/**
 * Reads the body of a request at `offset` (the header's `bodyOffset`). Bytes after it are left alone, as Kafka does.
 *
 * @returns the request and the length of its body in bytes
 * @throws MalformedMessage when the body is not such a request
 */
export function decodeRequest<Req extends Fields>(
  api: Api<Req>,
  version: number,
  frame: Buffer,
  offset: number,
): { readonly request: ValueOf<Req>; readonly bytesRead: number } {
  const { value, bytesRead } = decode(api.request, version, frame, {
    offset,
    allowTrailing: true,
    elementsMax: REQUEST_ELEMENTS_MAX,
  });
  return { request: value, bytesRead };
}

/**
 * Reads a response, header and body; `frame` is without its size.
 *
 * @throws MalformedMessage when it is not such a response to the last byte
 */
export function decodeResponse<Res extends Fields>(
  api: Api<Fields, Res>,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly response: ValueOf<Res> } {
  const header = decode(responseHeader, responseHeaderVersion(api.key, version), frame, { allowTrailing: true });
  const { value } = decode(api.response, version, frame, { offset: header.bytesRead });
  return { correlationId: header.value.correlationId, response: value };
}

/**
 * Reads the answer to ApiVersions, whatever version was asked for: a broker that does not know that version answers in
 * version 0 with UNSUPPORTED_VERSION, and says in it which versions of ApiVersions it does know (KIP-511).
 *
 * @throws MalformedMessage as `decodeResponse`
 */
export function decodeApiVersionsResponse(
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly response: ApiVersionsResponse } {
  // Header 0 is the correlation id alone, and every version of the body begins with the error.
  const unsupported = frame.length >= 6 && errorNameOf(frame.readInt16BE(4)) === "UNSUPPORTED_VERSION";
  return decodeResponse(apiVersions, unsupported ? 0 : version, frame);
}

function beginFrame(): ChunkWriter {
  const writer = new ChunkWriter();
  writer.int32(0);
  return writer;
}

function endFrame(writer: ChunkWriter): Buffer[] {
  const { chunks, byteLength } = writer.finish();
  chunks[0]?.writeInt32BE(byteLength - FRAME_SIZE_BYTES, 0);
  return [...chunks];
}
