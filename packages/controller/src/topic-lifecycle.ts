import { topic as topicNode } from "@ottla/coordination";
import type { PartitionRecord } from "./cluster-state";
import { inFlight, REQUESTS_IN_FLIGHT } from "./in-flight";
import { addPartitions, decodeOrNull, readTopic, readTopicNames } from "./state-loader";
import type { TermContext } from "./term-context";
import type { TermWatches } from "./term-watches";
import type { TopicDeletions } from "./topic-deletions";

export interface TopicLifecycleParts {
  readonly deletions: TopicDeletions;
  readonly watches: TermWatches;
  readonly settle: (partitions?: Iterable<PartitionRecord>) => Promise<void>;
}

/** Topics that come, get more partitions, and go, whoever wrote them. */
export class TopicLifecycle {
  constructor(
    private readonly term: TermContext,
    private readonly parts: TopicLifecycleParts,
  ) {}

  /** Reads all topics. */
  async load(): Promise<void> {
    await this.add(await readTopicNames(this.term.coordination));
  }

  /** The list of topics has changed. */
  async onTopics(): Promise<void> {
    const { state, dispatch, coordination } = this.term;
    const { deletions, watches } = this.parts;
    const names = await readTopicNames(coordination);
    const there = new Set(names);
    for (const [name, topic] of state.topics) {
      if (there.has(name) || deletions.has(name)) continue;
      // Removed by hand, past the mark: brokers keep their logs, clients must not see it any more.
      dispatch.topicGone(topic);
      state.topics.delete(name);
      watches.stop(topicNode.path(name));
    }
    const added = await this.add(names.filter((name) => !state.topics.has(name)));
    if (added.length === 0) return;
    await this.parts.settle(added);
    await deletions.readMarks();
  }

  private async onTopic(name: string): Promise<void> {
    const { state, coordination } = this.term;
    const topic = state.topics.get(name);
    const node = await coordination.get(topicNode.path(name));
    if (topic === undefined || node === null || node.stat.version === topic.version) return;
    if (this.parts.deletions.has(name)) return;
    const content = decodeOrNull(this.term, topicNode.path(name), node);
    if (content === null || content.topicId !== topic.topicId) return;
    topic.version = node.stat.version;
    await this.parts.settle(await addPartitions(this.term, topic, content));
  }

  /** @returns their partitions */
  private async add(names: readonly string[]): Promise<PartitionRecord[]> {
    const added = await inFlight(REQUESTS_IN_FLIGHT, names, async (name) => {
      await this.parts.watches.node(topicNode.path(name), `topic ${name} changed`, () => this.onTopic(name));
      return readTopic(this.term, name);
    });
    return added.flatMap((topic) => {
      if (topic === null) return [];
      this.term.state.topics.set(topic.name, topic);
      return [...topic.partitions.values()];
    });
  }
}
