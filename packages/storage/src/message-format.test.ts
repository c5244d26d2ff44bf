import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UnsupportedMessageFormat } from "./message-format";
import { batchOf, DIRECTORY, SimulatedLogHome } from "./testing/log-on-simulated-disk";

/** Messages as clients of old sent them to a recorded Kafka 3.9.1. */
const recorded = (
  JSON.parse(readFileSync(join(__dirname, "../fixtures/append.json"), "utf8")) as {
    readonly cases: readonly { readonly name: string; readonly input: string }[];
  }
).cases.filter(({ name }) => name.startsWith("magic-"));

const LOG = `${DIRECTORY}/00000000000000000000.log`;

function homeWith(bytes: Buffer): SimulatedLogHome {
  const home = new SimulatedLogHome();
  home.disk.makeDirectory(DIRECTORY);
  const file = home.disk.open(LOG, "create");
  file.write([bytes], 0);
  file.close();
  return home;
}

describe("a log file of Kafka before 0.11", () => {
  it("is among the recordings in both formats", () => {
    expect(recorded.map(({ name }) => name.slice(0, 7))).toEqual(expect.arrayContaining(["magic-0", "magic-1"]));
  });

  it.each(recorded.map(({ name, input }) => [name, Buffer.from(input, "hex")] as const))(
    "is refused by name and left as it is: %s",
    async (name, bytes) => {
      for (const cleanShutdown of [true, false]) {
        const home = homeWith(bytes);
        const names = home.disk.list(DIRECTORY);
        const refusal = await home.open({ cleanShutdown }).catch((failure: unknown) => failure);
        expect(refusal).toBeInstanceOf(UnsupportedMessageFormat);
        expect(refusal).toMatchObject({ path: LOG, positionBytes: 0, magic: Number(name.slice(6, 7)) });
        expect(home.disk.readFile(LOG)).toEqual(bytes);
        expect(home.disk.list(DIRECTORY)).toEqual(names);
      }
    },
  );

  it("is refused, too, where such a message follows batches of format 2", async () => {
    const { batch } = batchOf({ baseOffset: 0, leaderEpoch: 0 });
    const home = homeWith(Buffer.concat([batch, Buffer.from(recorded[0]?.input ?? "", "hex")]));
    await expect(home.open()).rejects.toMatchObject({ name: "UnsupportedMessageFormat", positionBytes: batch.length });
    expect(home.disk.stat(LOG)?.sizeBytes).toBeGreaterThan(batch.length);
  });

  it("is only damage when its checksum is wrong: a flipped bit may turn a batch into one", async () => {
    const bytes = Buffer.from(recorded[0]?.input ?? "", "hex");
    bytes.writeUInt8(bytes.readUInt8(12) ^ 1, 12);
    expect((await homeWith(bytes).open()).report).toMatchObject({ cut: "damage", bytesCut: bytes.length });
    const { batch } = batchOf({ baseOffset: 0, leaderEpoch: 0 });
    batch.writeUInt8(1, 16);
    expect((await homeWith(batch).open()).report).toMatchObject({ cut: "damage", bytesCut: batch.length });
  });
});
