import { existsSync } from "node:fs";
import { ip } from "./network-tools";

/** What a namespace of this harness is called: the process that made it, and the node. */
export const namespaceOf = (pid: number, node: string): string => `ottla-${pid}-${node}`;

/** Removes namespaces of runs whose process is gone, killed before it could: with whatever still runs in them. */
export async function removeLeftBehind(): Promise<void> {
  for (const name of (await ip("netns", "list")).split("\n").map((line) => line.split(" ")[0] ?? "")) {
    const owner = /^ottla-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await removeNamespace(name);
  }
}

/** Ends what runs in a namespace and removes it, with its links; the namespace lasts as long as processes in it. */
export async function removeNamespace(name: string): Promise<void> {
  for (const pid of (await ip("netns", "pids", name)).split("\n")) {
    try {
      if (pid !== "") process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      // It has just ended by itself.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await ip("netns", "delete", name);
}
