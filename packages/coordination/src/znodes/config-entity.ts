import { ZnodeFormatError } from "./znode-json";

/** What a config node belongs to. A null name means the default of its kind. */
export type ConfigEntity =
  | { readonly kind: "topic"; readonly name: string }
  | { readonly kind: "broker"; readonly brokerId: number | null }
  | { readonly kind: "client"; readonly clientId: string | null }
  | { readonly kind: "user"; readonly user: string | null }
  | { readonly kind: "userClient"; readonly user: string | null; readonly clientId: string | null }
  | { readonly kind: "ip"; readonly ip: string | null };

/** The entity's place below `/config`, as change notifications name it: `topics/T`, `users/U/clients/C`. */
export function entityPathOf(entity: ConfigEntity): string {
  switch (entity.kind) {
    case "topic":
      return `topics/${entity.name}`;
    case "broker":
      return `brokers/${entity.brokerId ?? DEFAULT}`;
    case "client":
      return `clients/${segment(entity.clientId)}`;
    case "user":
      return `users/${segment(entity.user)}`;
    case "userClient":
      return `users/${segment(entity.user)}/clients/${segment(entity.clientId)}`;
    case "ip":
      return `ips/${entity.ip ?? DEFAULT}`;
  }
}

/**
 * The inverse of `entityPathOf`.
 *
 * @param source path of the node that holds the text, for the error
 * @throws ZnodeFormatError when it names no kind of entity that we know
 */
export function parseEntityPath(text: string, source: string): ConfigEntity {
  const [kind, name, below, clientId, ...more] = text.split("/");
  const unknown = () => new ZnodeFormatError(source, `${JSON.stringify(text)} names no entity with configs`);
  if (name === undefined || name === "" || more.length > 0) throw unknown();
  if (below !== undefined) {
    if (kind !== "users" || below !== "clients" || clientId === undefined || clientId === "") throw unknown();
    return { kind: "userClient", user: nameIn(name, source), clientId: nameIn(clientId, source) };
  }
  switch (kind) {
    case "topics":
      return { kind: "topic", name };
    case "brokers":
      if (name === DEFAULT) return { kind: "broker", brokerId: null };
      if (!/^\d{1,10}$/.test(name)) throw unknown();
      return { kind: "broker", brokerId: Number(name) };
    case "clients":
      return { kind: "client", clientId: nameIn(name, source) };
    case "users":
      return { kind: "user", user: nameIn(name, source) };
    case "ips":
      return { kind: "ip", ip: name === DEFAULT ? null : name };
    default:
      throw unknown();
  }
}

/** The child that stands for the default of its kind. Its brackets cannot occur in an encoded name. */
const DEFAULT = "<default>";

/** User names and client ids may hold anything, so they are URL-encoded the way Java does it, with `+` and `*` encoded too. */
function segment(name: string | null): string {
  if (name === null) return DEFAULT;
  return encodeURIComponent(name).replace(
    /[!~'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function nameIn(encoded: string, source: string): string | null {
  if (encoded === DEFAULT) return null;
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new ZnodeFormatError(source, `${JSON.stringify(encoded)} is not URL-encoded`, { cause });
  }
}
