import type { Random } from "@ottla/runtime";

/** The id of a member that has none yet: its instance's name, or its client's, and what makes it unique, as Kafka forms it. */
export function memberIdFor(
  member: { readonly groupInstanceId: string | null; readonly clientId: string },
  random: Random,
): string {
  return `${member.groupInstanceId ?? member.clientId}-${uuid(random)}`;
}

/** A random UUID (RFC 9562, version 4) in its hexadecimal form. */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
