import type { Timer } from "@ottla/runtime";
import type { Address } from "../port";
import type { Wire, WireEvents } from "../stream-endpoint";
import { bytesOf, type Frame } from "../wire/codec";
import type { Connection } from "./connection";
import { ConnectionWire } from "./connection-wire";
import type { InProcessNetwork } from "./in-process-network";
import type { StreamKind } from "./in-process-server";

/** The dialling end of a stream. Frames may be sent before the other side has accepted: they travel behind the dial. */
export class DiallingWire implements Wire {
  readonly peer: string;
  private readonly inner: ConnectionWire | null;
  private endpoint: WireEvents | null = null;
  private readonly dial: Timer;
  private over = false;

  constructor(
    node: string,
    address: Address,
    kind: StreamKind,
    private readonly network: InProcessNetwork,
    private readonly onOver: () => void,
  ) {
    this.peer = `${address.host}:${address.port}`;
    const { clock } = network.options;
    const { dialTimeoutMs } = network.limits;
    this.dial = clock.setTimer(dialTimeoutMs, () => {
      this.inner?.drop();
      this.gone(`no answer within ${dialTimeoutMs} ms`);
    });
    const connection = network.dial(
      node,
      address,
      (opened, server) => {
        server.accept(kind, opened);
        opened.sendEvent("listener", () => this.dial.cancel());
      },
      (detail) => this.gone(detail),
    );
    this.inner = connection === null ? null : this.wireOf(connection);
  }

  carry(endpoint: WireEvents): void {
    this.endpoint = endpoint;
    this.inner?.carry({
      left: (bytes) => endpoint.left(bytes),
      received: (bytes) => endpoint.received(bytes),
      broken: (detail) => this.gone(detail),
    });
  }

  write(frame: Frame): void {
    if (this.inner === null) bytesOf(frame);
    else this.inner.write(frame);
  }

  startReading(): void {
    this.inner?.startReading();
  }

  finish(): void {
    if (this.inner === null) this.gone("nobody listens there");
    else this.inner.finish();
  }

  drop(): void {
    this.inner?.drop();
    this.gone("the stream was given up here");
  }

  private wireOf(connection: Connection): ConnectionWire {
    const { options, limits } = this.network;
    return new ConnectionWire(this.peer, connection, "dialler", options.clock, limits, () => undefined);
  }

  private gone(detail: string): void {
    if (this.over) return;
    this.over = true;
    this.dial.cancel();
    this.onOver();
    this.endpoint?.broken(detail);
  }
}
