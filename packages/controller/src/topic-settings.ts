import { entityConfig } from "@ottla/coordination";
import type { TermContext } from "./term-context";

/** Reads topics' configs where a decision hangs on them, each topic's at most once; to be made anew for every settlement. */
export class TopicSettings {
  private readonly known = new Map<string, Promise<ReadonlyMap<string, string>>>();

  constructor(private readonly term: Pick<TermContext, "coordination" | "config">) {}

  async uncleanElectionAllowed(topic: string): Promise<boolean> {
    const override = (await this.overrides(topic)).get("unclean.leader.election.enable");
    if (override === undefined) return this.term.config.uncleanLeaderElectionEnable;
    return override.trim().toLowerCase() === "true";
  }

  async minInsyncReplicas(topic: string): Promise<number> {
    const override = Number((await this.overrides(topic)).get("min.insync.replicas"));
    return Number.isInteger(override) && override > 0 ? override : (this.term.config.minInsyncReplicas ?? 1);
  }

  private overrides(topic: string): Promise<ReadonlyMap<string, string>> {
    let overrides = this.known.get(topic);
    if (overrides === undefined) {
      const path = entityConfig.path({ kind: "topic", name: topic });
      overrides = this.term.coordination.get(path).then((node) => entityConfig.decode(node?.data ?? null, path));
      this.known.set(topic, overrides);
    }
    return overrides;
  }
}
