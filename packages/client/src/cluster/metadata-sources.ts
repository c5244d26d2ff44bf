import type { Connection } from "../connection/connection";
import type { BrokerNode } from "./broker-node";

/**
 * Which of the open connections is asked for metadata.
 *
 * A broker that is cut off from the rest of its cluster says what it last knew, and goes on saying so: whoever asks it again and again
 * learns nothing. So brokers are asked in turn; and when metadata is asked for soon again, as by someone whom the last answer did not help,
 * and there is nobody else to ask, a connection to another broker is made for the next time. Nothing waits for that.
 */
export class MetadataSources {
  private last: BrokerNode | null = null;
  private askedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param nodes every broker that may be asked, in the order of preference
   * @param soonMs asking again within that time means that the last answer was of no help
   * @returns null when no connection is open
   */
  choose(nodes: readonly BrokerNode[], nowMs: number, soonMs: number): Connection | null {
    const open = nodes.filter(({ connected }) => connected !== null);
    const chosen = open.find((node) => node !== this.last) ?? open[0];
    if (chosen === undefined) return null;
    if (chosen === this.last && nowMs - this.askedAtMs < soonMs) this.connectAnother(nodes, chosen);
    this.last = chosen;
    this.askedAtMs = nowMs;
    return chosen.connected;
  }

  private connectAnother(nodes: readonly BrokerNode[], than: BrokerNode): void {
    const another = nodes.find((node) => node !== than);
    // Who cannot be reached has said so in the log; the next time it is another one's turn.
    another?.connection().catch(() => undefined);
  }
}
