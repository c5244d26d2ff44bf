import { RefusedSequences } from "./refused-sequences";

describe("a connection on which an idempotent batch was refused", () => {
  const at = (baseSequence: number, producerEpoch = 0, producerId = 9n) => ({
    producerId,
    producerEpoch,
    baseSequence,
  });
  const nothing = () => null;
  let refused: RefusedSequences;
  beforeEach(() => {
    refused = new RefusedSequences();
    refused.refused("t-0", at(10), "NOT_LEADER_OR_FOLLOWER");
  });
  const verdict = (place: ReturnType<typeof at>, expected: number | null = 10, partition = "t-0") =>
    refused.errorFor(partition, place, () => expected);

  it("refuses what stands behind it in the same way, until it comes again", () => {
    expect([11, 12, 13].map((sequence) => verdict(at(sequence)))).toEqual(Array(3).fill("NOT_LEADER_OR_FOLLOWER"));
    expect(verdict(at(10))).toBeNull();
    expect(verdict(at(12))).toBeNull();
  });

  it("refuses it also where the partition knows nothing of the producer, and would take any sequence", () => {
    expect(verdict(at(11), null)).toBe("NOT_LEADER_OR_FOLLOWER");
  });

  it("has nothing to say of other partitions, producers and epochs", () => {
    expect(verdict(at(11), 10, "t-1")).toBeNull();
    expect(verdict(at(11, 0, 8n))).toBeNull();
    expect(verdict(at(11, 1), 0)).toBeNull();
  });

  it("forgets once the log goes on with what comes: the batch was taken elsewhere", () => {
    expect(verdict(at(40), 40)).toBeNull();
    expect(verdict(at(42), 40)).toBeNull();
  });

  it("lets the log recognise what it has", () => {
    expect(verdict(at(38), 40)).toBeNull();
  });

  it("keeps the first of several, and the first again when it is refused once more", () => {
    refused.refused("t-0", at(11), "NOT_ENOUGH_REPLICAS");
    expect(verdict(at(11))).toBe("NOT_LEADER_OR_FOLLOWER");
    refused.refused("t-0", at(10), "NOT_ENOUGH_REPLICAS");
    expect(verdict(at(11))).toBe("NOT_ENOUGH_REPLICAS");
  });

  it("gives up in the end: a batch that does not come again is a gap like any other", () => {
    let refusals = 0;
    while (verdict(at(11)) !== null) refusals++;
    expect(refusals).toBe(100);
  });

  it("finds what stands behind across the end of the sequences", () => {
    refused.refused("t-1", at(2 ** 31 - 1), "NOT_LEADER_OR_FOLLOWER");
    expect(verdict(at(0), 2 ** 31 - 1, "t-1")).toBe("NOT_LEADER_OR_FOLLOWER");
    expect(verdict(at(2 ** 31 - 2), 2 ** 31 - 1, "t-1")).toBeNull();
  });

  it("does not mind errors after which a client does not send the batch again", () => {
    refused.refused("t-1", at(10), "INVALID_RECORD");
    expect(refused.errorFor("t-1", at(11), nothing)).toBeNull();
  });

  it("remembers a thousand, the newest", () => {
    for (let partition = 1; partition <= 1000; partition++)
      refused.refused(`t-${partition}`, at(10), "NOT_LEADER_OR_FOLLOWER");
    expect(verdict(at(11))).toBeNull();
    expect(verdict(at(11), 10, "t-1")).toBe("NOT_LEADER_OR_FOLLOWER");
  });
});
