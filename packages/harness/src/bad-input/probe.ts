import { connect } from "node:net";
import type { BadInputCase } from "./cases";

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  /** How long to wait before the broker is taken to say nothing, milliseconds. */
  readonly patienceMs: number;
}

/** What a broker does with bad bytes: "closes", "waits" (neither an answer nor an end within our patience), or the answer in words. */
export function probe(target: ProbeTarget, input: BadInputCase): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, allowHalfOpen: true });
    let answer = Buffer.alloc(0);
    const finish = (outcome: string) => {
      clearTimeout(patience);
      socket.destroy();
      resolve(outcome);
    };
    const patience = setTimeout(() => finish("waits"), target.patienceMs);
    socket.once("connect", () => {
      socket.write(input.bytes);
      if (input.halfClose) socket.end();
    });
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) {
        finish(`answers: ${(input.explain ?? unexplained)(answer.subarray(4))}`);
      }
    });
    socket.once("end", () => finish("closes"));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") finish("closes");
      else reject(error);
    });
  });
}

const unexplained = (frame: Buffer): string => `${frame.length} bytes`;
