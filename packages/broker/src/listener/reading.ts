import type { StreamSocket } from "@ottla/runtime";

/** Reading stops above these, and goes on below half of them. */
const UNANSWERED_BYTES_MAX = 8 * 1024 * 1024;
const UNANSWERED_REQUESTS_MAX = 100;

/** Whether a connection's socket is read: each reason to rest stands by itself, and `decide` acts on all of them. */
export class Reading {
  /** The handler of the next request asked to wait (replication rule 37). */
  notAdmitted = false;
  /** Requests of all connections hold too much, and it is another one's turn. */
  memoryHold = false;
  /** The client does not take its answers: nothing new is started for it. */
  unreadAnswers = false;
  /** What has come is answered; then the connection ends. */
  draining = false;
  private overfull = false;

  constructor(private readonly socket: StreamSocket) {}

  /** Whether reading rests although it is this connection's turn for memory: its client cannot bring what is missing. */
  get restsByItself(): boolean {
    return this.overfull || this.notAdmitted || this.unreadAnswers || this.draining;
  }

  /** Pauses or resumes the socket, as all reasons together demand. Called after each change of one. */
  decide(unanswered: { readonly bytes: number; readonly requests: number }): void {
    if (this.socket.destroyed) return;
    const share = this.overfull ? 0.5 : 1;
    this.overfull =
      unanswered.bytes > UNANSWERED_BYTES_MAX * share || unanswered.requests > UNANSWERED_REQUESTS_MAX * share;
    const rests = this.restsByItself || this.memoryHold;
    if (rests === this.socket.isPaused()) return;
    if (rests) this.socket.pause();
    else this.socket.resume();
  }
}
