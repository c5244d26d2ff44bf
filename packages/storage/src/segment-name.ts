/** The files of a segment, told apart by their endings. */
export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TRANSACTION_INDEX_SUFFIX = ".txnindex";
export const SNAPSHOT_SUFFIX = ".snapshot";

/** Added to the whole name of a file that is on its way out. */
export const DELETED_SUFFIX = ".deleted";
/** Added by the cleaner while it writes; thrown away at the next start. */
export const CLEANED_SUFFIX = ".cleaned";
/** Added by the cleaner to a complete replacement. */
export const SWAP_SUFFIX = ".swap";

/** `00000000000000000042.log` for offset 42. */
export function segmentFileName(offset: number, suffix: string): string {
  return `${String(offset).padStart(20, "0")}${suffix}`;
}

/** The offset that a file name with this ending begins with; null when it is another kind of file. */
export function offsetOfFileName(name: string, suffix: string): number | null {
  if (!name.endsWith(suffix) || name.length !== 20 + suffix.length) return null;
  const digits = name.slice(0, 20);
  return /^\d{20}$/.test(digits) ? Number(digits) : null;
}
