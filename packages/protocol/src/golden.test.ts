import { apis } from "./apis/index";
import {
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequestFrame,
  encodeResponseFrame,
  FRAME_SIZE_BYTES,
} from "./framing";
import { requestHeader, requestHeaderVersion, responseHeader, responseHeaderVersion } from "./headers";
import { decode } from "./schema/decode";
import { encode } from "./schema/encode";
import { allMessages } from "./testing/all-messages";
import {
  goldenFrameFiles,
  goldenFrames,
  goldenHeaders,
  goldenMessages,
  valueOfRendering,
  withNumericErrorCodes,
} from "./testing/golden";

describe("messages recorded from Apache Kafka 3.9.1", () => {
  const messages = allMessages();
  const cases = messages.map((message) => ({ message, lines: goldenMessages(message.name) }));
  const total = cases.reduce((sum, { lines }) => sum + lines.length, 0);

  it(`are ${total} lines for ${messages.length} messages, at every version of each`, () => {
    for (const { message, lines } of cases) {
      const recorded = [...new Set(lines.map(({ version }) => version))].sort((a, b) => a - b);
      const ours = Array.from(
        { length: message.maxVersion - message.minVersion + 1 },
        (_, i) => message.minVersion + i,
      );
      expect([message.name, recorded]).toEqual([message.name, ours]);
    }
  });

  it.each(cases.map(({ message, lines }) => ({ name: message.name, count: lines.length, message, lines })))(
    "$name: all $count lines decode to the last byte to what Kafka renders, and encode to its bytes",
    ({ message, lines }) => {
      const numeric = withNumericErrorCodes(message);
      for (const { version, variant, hex, hexKnown, json } of lines) {
        const at = { version, variant };
        const expected = valueOfRendering(numeric.fields, version, json);
        const { value, bytesRead } = decode(numeric, version, Buffer.from(hex, "hex"));
        expect({ ...at, value, bytesRead }).toEqual({ ...at, value: expected, bytesRead: hex.length / 2 });
        const { chunks, byteLength } = encode(numeric, version, expected);
        expect({ ...at, hex: Buffer.concat(chunks).toString("hex") }).toEqual({ ...at, hex: hexKnown ?? hex });
        expect(byteLength).toBe((hexKnown ?? hex).length / 2);
      }
    },
  );
});

describe("a message in which nothing is given", () => {
  const cases = allMessages().flatMap((message) =>
    goldenMessages(message.name)
      .filter(({ variant }) => variant === "defaults")
      .map((line) => ({ message, ...line })),
  );

  it(`is written with Kafka's defaults, at each of ${cases.length} versions`, () => {
    for (const { message, version, hex } of cases) {
      const written = encode(message, version, {});
      expect([message.name, version, hexOf(written.chunks)]).toEqual([message.name, version, hex]);
    }
  });
});

describe("headers recorded from Apache Kafka 3.9.1", () => {
  const known = goldenHeaders().filter(({ apiKey, apiVersion }) => apis.get(apiKey)?.request.supports(apiVersion));

  it(`have our versions and bytes: all ${known.length} of the APIs we define`, () => {
    for (const line of known) {
      const { apiKey, apiVersion, correlationId, clientId } = line;
      const requestVersion = requestHeaderVersion(apiKey, apiVersion);
      const responseVersion = responseHeaderVersion(apiKey, apiVersion);
      expect([line.api, apiVersion, requestVersion, responseVersion]).toEqual([
        line.api,
        apiVersion,
        line.requestHeaderVersion,
        line.responseHeaderVersion,
      ]);
      const fields = { requestApiKey: apiKey, requestApiVersion: apiVersion, correlationId, clientId };
      expect(hexOf(encode(requestHeader, requestVersion, fields).chunks)).toBe(line.requestHeader);
      expect(hexOf(encode(responseHeader, responseVersion, { correlationId }).chunks)).toBe(line.responseHeader);
      const bytes = Buffer.from(line.requestHeader, "hex");
      const bodyOffset = bytes.length;
      expect(decodeRequestHeader(bytes)).toEqual({ apiKey, apiVersion, correlationId, clientId, bodyOffset });
    }
  });
});

describe("frames recorded between real clients and Apache Kafka 3.9.1", () => {
  const cases = goldenFrameFiles().map((file) => {
    const frames = goldenFrames(file).filter(({ dir }) => dir !== "omitted");
    const known = frames.filter(({ apiKey }) => apis.has(apiKey));
    return { file, count: known.length, others: frames.length - known.length, known };
  });

  it.each(cases)(
    "$file: all $count frames are decoded to the last byte and encoded again ($others of APIs between brokers)",
    ({ known }) => {
      for (const { n, dir, apiKey, apiVersion, hex } of known) {
        const frame = Buffer.from(hex, "hex");
        const api = apis.get(apiKey)!;
        let encoded: readonly Buffer[];
        if (dir === "request") {
          const header = decodeRequestHeader(frame);
          const { request, bytesRead } = decodeRequest(api, apiVersion, frame, header.bodyOffset);
          expect({ n, bytes: header.bodyOffset + bytesRead }).toEqual({ n, bytes: frame.length });
          encoded = encodeRequestFrame(api, apiVersion, header, request);
        } else {
          const { correlationId, response } = decodeResponse(api, apiVersion, frame);
          encoded = encodeResponseFrame(api, apiVersion, correlationId, response);
        }
        const whole = Buffer.concat(encoded);
        expect(whole.readInt32BE(0)).toBe(frame.length);
        expect({ n, dir, apiKey, hex: whole.subarray(FRAME_SIZE_BYTES).toString("hex") }).toEqual({
          n,
          dir,
          apiKey,
          hex,
        });
      }
    },
  );
});

function hexOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("hex");
}
