import type { BrokerChannel, BrokerCommand, BrokerReply } from "../broker-channel";

/** Brokers that acknowledge everything, unless a spec says otherwise, and remember what they were told. */
export class RecordingChannel implements BrokerChannel {
  readonly sent: { readonly brokerId: number; readonly command: BrokerCommand }[] = [];
  /** What a broker answers; throwing means that it was not reached. */
  reply: (brokerId: number, command: BrokerCommand) => BrokerReply | Promise<BrokerReply> = () => ({
    error: "NONE",
    partitionErrors: [],
  });

  async send(brokerId: number, command: BrokerCommand): Promise<BrokerReply> {
    this.sent.push({ brokerId, command });
    return this.reply(brokerId, command);
  }

  /** Commands of a kind to a broker, oldest first. */
  to<K extends BrokerCommand["kind"]>(brokerId: number, kind: K): Extract<BrokerCommand, { kind: K }>[] {
    return this.sent
      .filter((entry) => entry.brokerId === brokerId && entry.command.kind === kind)
      .map((entry) => entry.command as Extract<BrokerCommand, { kind: K }>);
  }
}
