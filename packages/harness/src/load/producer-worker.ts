import { formatTopicPartition } from "@ottla/client";
import { sleep, systemClock } from "@ottla/runtime";
import type { SettingsClass } from "../history/history-event";
import { type EventSink, ProcessRecorder } from "../history/recorder";
import type { Keyspace } from "./keyspace";
import type { LoadProducer, ProducerLibrary } from "./load-producer";
import type { ValueSequence } from "./value-sequence";

export interface ProducerWorkerOptions {
  /** Unique in the run; each client it opens is the process `NAME#1`, `NAME#2` and so on. */
  readonly name: string;
  readonly library: ProducerLibrary;
  readonly settings: SettingsClass;
  readonly bootstrapServers: string;
  readonly keyspace: Keyspace;
  readonly values: ValueSequence;
  readonly sendsPerSecond: number;
  readonly sink: EventSink;
}

/**
 * Sends fresh values to its keys in turn, at a given rate. A client that does not know what became of a send is dropped for a new one
 * once its other sends have ended, as an application would restart.
 */
export class ProducerWorker {
  private stopping = false;
  private incarnation = 0;
  private turn = 0;
  private readonly running: Promise<void>;

  constructor(private readonly options: ProducerWorkerOptions) {
    this.running = this.run();
    // A failure is thrown by `stop`; until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** Ends the load, once what is under way has ended. @throws what ended it before */
  stop(): Promise<void> {
    this.stopping = true;
    return this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const { name, library, settings, bootstrapServers, sink } = this.options;
      const recorder = new ProcessRecorder(`${name}#${++this.incarnation}`, sink);
      const onTold = (error: string) => recorder.told(error);
      let client: LoadProducer;
      try {
        client = await library.open({ bootstrapServers, settings, onTold });
      } catch (error) {
        // Nobody to connect to just now: an application would try again, too.
        recorder.told(`open: ${(error as Error).name}`);
        await sleep(systemClock, REOPEN_MS);
        continue;
      }
      recorder.opened(library.name, settings);
      await this.sendUntilDoubt(client, recorder);
      recorder.closed();
      await client.close();
    }
  }

  private async sendUntilDoubt(client: LoadProducer, recorder: ProcessRecorder): Promise<void> {
    const { library, keyspace, values, sendsPerSecond } = this.options;
    const underWay = new Set<Promise<void>>();
    let doubt = false;
    let dueMs = performance.now();
    while (!this.stopping && !doubt) {
      const { written } = keyspace;
      const key = written[this.turn++ % written.length];
      if (key === undefined) throw new Error(`${this.options.name} has no keys`);
      const count = library.countMax === 1 ? 1 : 1 + (this.turn % library.countMax);
      const value = values.take(key, count);
      const op = recorder.sendInvoked(formatTopicPartition(key), value, count);
      const sent = client.send(key, value, count).then((result) => {
        underWay.delete(sent);
        if (result.type === "ok") {
          recorder.sendOk(op, result.offset);
        } else {
          recorder.notOk("send", result.type, op, result.error);
          doubt = true;
        }
      });
      underWay.add(sent);
      if (underWay.size >= library.inFlightMax) await Promise.race(underWay);
      dueMs = Math.max(dueMs + 1000 / sendsPerSecond, performance.now() - CATCH_UP_MS);
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 0) await sleep(systemClock, earlyMs);
    }
    await Promise.all(underWay);
  }
}

const REOPEN_MS = 100;
/** How far a worker that fell behind its rate catches up. */
const CATCH_UP_MS = 200;
