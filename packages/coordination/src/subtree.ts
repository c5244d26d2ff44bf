import { type Coordination, CoordinationError } from "./port";

type TreeAccess = Pick<Coordination, "get" | "create" | "children" | "remove">;

/** Creates a persistent node and its missing parents, without data. Others may be at the same. */
export async function createMissing(tree: TreeAccess, path: string): Promise<void> {
  let at = "";
  for (const name of path.split("/").filter((part) => part !== "")) {
    at += `/${name}`;
    if ((await tree.get(at)) !== null) continue;
    await ignoring("NODE_EXISTS", tree.create(at, null));
  }
}

/** Removes a node and all below it, children first; one that somebody else removes meanwhile is no error. */
export async function removeAllBelow(tree: TreeAccess, path: string): Promise<void> {
  const children = await tree.children(path);
  if (children === null) return;
  for (const name of children.names) await removeAllBelow(tree, `${path === "/" ? "" : path}/${name}`);
  await ignoring("NO_NODE", tree.remove(path, null));
}

async function ignoring(code: "NODE_EXISTS" | "NO_NODE", work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.code !== code) throw error;
  }
}
