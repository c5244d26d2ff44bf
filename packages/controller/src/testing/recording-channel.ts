import type { BrokerChannel, BrokerCommand, BrokerReply } from "../broker-channel";

/** Brokers that acknowledge everything, unless a spec says otherwise, and remember what they were told. */
export class RecordingChannel {
  readonly sent: { readonly from: number; readonly brokerId: number; readonly command: BrokerCommand }[] = [];
  /** What a broker answers; throwing means that it was not reached. */
  reply: (brokerId: number, command: BrokerCommand) => BrokerReply | Promise<BrokerReply> = () => ({
    error: "NONE",
    partitionErrors: [],
  });

  async send(from: number, brokerId: number, command: BrokerCommand, _signal: AbortSignal): Promise<BrokerReply> {
    this.sent.push({ from, brokerId, command });
    return this.reply(brokerId, command);
  }

  /** The channel of broker `from`. */
  as(from: number): BrokerChannel {
    return { send: (brokerId, command, signal) => this.send(from, brokerId, command, signal) };
  }

  /** Commands of a kind to a broker, oldest first. */
  to<K extends BrokerCommand["kind"]>(brokerId: number, kind: K): Extract<BrokerCommand, { kind: K }>[] {
    return this.sent
      .filter((entry) => entry.brokerId === brokerId && entry.command.kind === kind)
      .map((entry) => entry.command as Extract<BrokerCommand, { kind: K }>);
  }
}
