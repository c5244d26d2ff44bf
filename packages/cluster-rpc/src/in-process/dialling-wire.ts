import type { DialOptions, SimulatedConnection, Timer } from "@ottla/runtime";
import type { Address } from "../port";
import type { Wire, WireEvents } from "../stream-endpoint";
import { bytesOf, type Frame } from "../wire/codec";
import { ConnectionWire } from "./connection-wire";
import type { InProcessHost } from "./in-process-network";
import { InProcessServer, type StreamKind } from "./in-process-server";

/** The dialling end of a stream. Frames may be sent before the other side has accepted: they travel behind the dial. */
export class DiallingWire implements Wire {
  readonly peer: string;
  private readonly inner: ConnectionWire | null;
  private endpoint: WireEvents | null = null;
  private readonly dial: Timer;
  private over = false;

  constructor(
    address: Address,
    kind: StreamKind,
    private readonly host: InProcessHost,
    private readonly onOver: () => void,
  ) {
    this.peer = `${address.host}:${address.port}`;
    const { clock } = host.options;
    const { dialTimeoutMs } = host.limits;
    this.dial = clock.setTimer(dialTimeoutMs, () => {
      this.inner?.drop();
      this.gone(`no answer within ${dialTimeoutMs} ms`);
    });
    const connection = host.network.dial(host.node, address, {
      ...dialOptionsOf(host),
      opened: (opened, service) => {
        if (!(service instanceof InProcessServer)) return;
        service.accept(kind, opened);
        opened.sendEvent("listener", () => this.dial.cancel());
      },
      failed: (detail) => this.gone(detail),
    });
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

  private wireOf(connection: SimulatedConnection): ConnectionWire {
    const { options, limits } = this.host;
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

/** Every connection between brokers has a keepalive. */
export function dialOptionsOf({ process, limits }: InProcessHost): Pick<DialOptions, "gate" | "keepalive"> {
  return { gate: process ?? undefined, keepalive: limits };
}
