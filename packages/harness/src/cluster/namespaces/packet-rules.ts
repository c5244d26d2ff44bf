import type { LinkFault } from "../network";

/**
 * The rules of a router between nodes, as a script for `nft`. It replaces all rules before it at one moment.
 *
 * @param addresses of the nodes
 */
export function packetRules(faults: readonly LinkFault[], addresses: ReadonlyMap<string, string>): string {
  const address = (node: string): string => {
    const found = addresses.get(node);
    if (found === undefined) throw new Error(`there is no node ${node}`);
    return found;
  };
  const rules = [...new Set(faults.map((fault) => ruleOf(fault, address(fault.from), address(fault.to))))];
  return [
    // Declared so that it can be deleted, whether it was there or not.
    "table ip ottla",
    "delete table ip ottla",
    "table ip ottla {",
    "  chain links {",
    "    type filter hook forward priority 0; policy accept;",
    // A rule that drops must not be forestalled by one that refuses.
    ...rules.sort().map((rule) => `    ${rule}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

function ruleOf({ how }: LinkFault, from: string, to: string): string {
  const link = `ip saddr ${from} ip daddr ${to}`;
  switch (how) {
    case "drop":
      return `${link} drop`;
    case "reject":
      return `${link} ip protocol tcp reject with tcp reset`;
    default:
      return `${link} numgen random mod 100 < ${how.lossPercent} drop`;
  }
}
