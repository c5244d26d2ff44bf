import { createHash } from "node:crypto";
import type { Disk } from "@ottla/runtime";
import type { SimulatedCluster } from "./simulated-cluster";

/** A hash of what a run came to: every transaction of the ensemble, every byte on every disk, and how many events it took. */
export function fingerprintOf(cluster: SimulatedCluster): string {
  const hash = createHash("sha256");
  hash.update(`${cluster.nowMs} ${cluster.world.events}\n`);
  for (const { zxid, by, operations } of cluster.zooKeeper.transactions) {
    hash.update(`${zxid} ${by}`);
    for (const operation of operations) {
      hash.update(` ${operation.kind} ${operation.path} `);
      if ("data" in operation && operation.data !== null) hash.update(operation.data);
    }
  }
  for (const id of cluster.ids) addTree(cluster.disk(id), "/", (text) => hash.update(text));
  return hash.digest("hex");
}

function addTree(disk: Disk, path: string, add: (content: string | Buffer) => void): void {
  for (const name of disk.list(path)) {
    const below = path === "/" ? `/${name}` : `${path}/${name}`;
    add(`${below}\n`);
    if (disk.stat(below)?.kind === "directory") addTree(disk, below, add);
    else add(disk.readFile(below));
  }
}
