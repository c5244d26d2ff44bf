import { connect } from "node:net";

/**
 * Has the ensemble end somebody else's session: takes it over by its id and password, and closes it. Its owner learns on its next
 * connection that it has expired.
 */
export function endSession(
  port: number,
  session: { readonly id: bigint; readonly password: Buffer },
  timeoutMs: number,
  host = "127.0.0.1",
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let greeted = false;
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`session ${session.id} was not ended within ${timeoutMs} ms`)),
    );
    socket.once("error", reject);
    socket.once("connect", () => socket.write(connectRequest(session)));
    socket.on("data", () => {
      if (!greeted) socket.write(closeRequest());
      greeted = true;
    });
    // The server closes the connection once the session is closed.
    socket.once("close", () => resolve());
  });
}

function connectRequest({ id, password }: { readonly id: bigint; readonly password: Buffer }): Buffer {
  const body = Buffer.alloc(45);
  body.writeInt32BE(10_000, 12);
  body.writeBigInt64BE(id, 16);
  body.writeInt32BE(password.length, 24);
  password.copy(body, 28);
  return framed(body);
}

function closeRequest(): Buffer {
  const body = Buffer.alloc(8);
  body.writeInt32BE(1, 0);
  body.writeInt32BE(-11, 4);
  return framed(body);
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}
