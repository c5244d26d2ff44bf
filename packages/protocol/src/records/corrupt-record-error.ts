/** Thrown where the records inside a batch cannot be read: damaged, or never right. The bytes come from the world. */
export class CorruptRecordError extends Error {
  override readonly name = "CorruptRecordError";
}
