import { apis } from "../apis/index";
import { requestHeader, responseHeader } from "../headers";
import * as recordSchemas from "../record-schemas/index";
import { MessageSchema } from "../schema/message";

/** Every message that has a schema: of the APIs, the headers, and the records of internal topics. */
export function allMessages(): MessageSchema[] {
  const ofApis = [...apis.values()].flatMap((api) => [api.request, api.response]);
  const ofRecords = Object.values(recordSchemas).filter((value) => value instanceof MessageSchema);
  return [...ofApis, requestHeader, responseHeader, ...ofRecords];
}
