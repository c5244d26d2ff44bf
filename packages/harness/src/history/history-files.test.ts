import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryEvent } from "./history-event";
import { LineFileWriter } from "./line-file-writer";
import { readLines } from "./read-lines";
import { ProcessRecorder } from "./recorder";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ottla-history-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a history file", () => {
  it("gives back what was recorded, in order", async () => {
    const path = join(folder, "deep/history.jsonl");
    const recorded: HistoryEvent[] = [];
    const writer = new LineFileWriter<HistoryEvent>(path);
    const recorder = new ProcessRecorder("p1", (event) => {
      recorded.push(event);
      writer.write(event);
    });
    recorder.opened("spec", "safe");
    for (let value = 0; value < 3000; value++) recorder.sendOk(recorder.sendInvoked("t-0", value, 1), value);
    recorder.pollOk(recorder.pollInvoked(), { "t-0": [[0, 0]] });
    recorder.closed();
    await writer.close();

    expect(await all(path)).toEqual(recorded);
    expect(recorded.length).toBe(6004);
    expect(recorded.every((event, i) => i === 0 || event.timeMs >= (recorded[i - 1]?.timeMs ?? 0))).toBe(true);
  });

  it("takes nothing more once it is closed", async () => {
    const path = join(folder, "history.jsonl");
    const writer = new LineFileWriter<number>(path);
    writer.write(1);
    await writer.close();
    writer.write(2);
    await writer.close();
    expect(await all(path)).toEqual([1]);
  });

  it("may end in half a line, as a killed writer leaves it", async () => {
    const path = join(folder, "history.jsonl");
    appendFileSync(path, '{"a":1}\n{"a":');
    expect(await all(path)).toEqual([{ a: 1 }]);
  });

  it("is refused, with the place, when another line is broken", async () => {
    const path = join(folder, "history.jsonl");
    appendFileSync(path, '{"a":\n{"a":1}\n');
    await expect(all(path)).rejects.toThrow("history.jsonl:1 is not JSON");
  });
});

async function all(path: string): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}
