import type { ClusterServices, ReplicationStream, SessionStream } from "../port";

/** Services that keep the streams they are given and answer calls as told; a call that nobody told about fails. */
export class RecordedServices {
  readonly replications: ReplicationStream[] = [];
  readonly sessions: SessionStream[] = [];
  onReplicate: (stream: ReplicationStream) => void = () => undefined;
  onSession: (stream: SessionStream) => void = () => undefined;

  constructor(private readonly calls: Partial<ClusterServices> = {}) {}

  get services(): ClusterServices {
    const untold = (): Promise<never> => Promise.reject(new Error("nobody told how to answer"));
    return {
      replicate: (stream) => {
        this.replications.push(stream);
        this.onReplicate(stream);
      },
      session: (stream) => {
        this.sessions.push(stream);
        this.onSession(stream);
      },
      controlledShutdown: untold,
      allocateProducerIds: untold,
      electLeaders: untold,
      alterReassignments: untold,
      listReassignments: untold,
      identity: untold,
      evidence: untold,
      epochEnd: untold,
      logEnds: untold,
      ...this.calls,
    };
  }
}
