/**
 * 32 MiB: bound on a produced batch's records when decompressed, unless configured. Half of what our readers accept, so that what is
 * stored can be read; small enough that a row of decompression bombs leaves the broker's memory where it should be.
 */
export const PRODUCED_BYTES_MAX = 32 * 1024 * 1024;
