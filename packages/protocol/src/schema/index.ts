export { ChunkWriter, type Encoded } from "./chunk-writer";
export { type Decoded, type DecodeOptions, decode } from "./decode";
export { encode, encodeInto } from "./encode";
export { defaultsOf, type Fields, type InputOf, type ValueOf, ZERO_UUID } from "./field";
export { MalformedMessage } from "./malformed-message";
export {
  type Api,
  type MessageInput,
  type MessageOf,
  type MessageSchema,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
  UnsupportedVersionError,
} from "./message";
export { UnencodableFieldError, UnsupportedFieldError } from "./unencodable-field";
