import { type ErrorName, errorCodeOf, errorNameOf, errors } from "./errors";

describe("the table of errors", () => {
  it("holds the codes -1 to 127 once each, but for 99, which was never released", () => {
    const codes = Object.values(errors).map(({ code }) => code);
    const expected = Array.from({ length: 129 }, (_, index) => index - 1).filter((code) => code !== 99);
    expect(codes.toSorted((a, b) => a - b)).toEqual(expected);
  });

  it("leads from name to code and back", () => {
    for (const name of Object.keys(errors) as ErrorName[]) expect(errorNameOf(errorCodeOf(name))).toBe(name);
  });

  it("reads codes it does not know as UNKNOWN_SERVER_ERROR", () => {
    for (const code of [99, 128, -2, 32767]) expect(errorNameOf(code)).toBe("UNKNOWN_SERVER_ERROR");
  });

  it("knows no code for a text that is no error", () => {
    expect(errorCodeOf("toString")).toBeUndefined();
  });

  it("refreshes metadata only for errors that are tried again", () => {
    for (const { retriable, refreshMetadata } of Object.values(errors)) {
      if (refreshMetadata) expect(retriable).toBe(true);
    }
  });
});
