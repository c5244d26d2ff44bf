import type { DiskError } from "@ottla/runtime";

/** Every log directory is offline: the broker can neither serve nor follow, and makes room for others. Says what to do about it. */
export class NoLogDirectoryLeft extends Error {
  override readonly name = "NoLogDirectoryLeft";
  constructor(failures: readonly { readonly path: string; readonly failure: DiskError }[]) {
    const told = failures.map(({ path, failure }) => `${path}: ${failure.message}; ${adviceFor(failure)}`);
    super(`no log directory is left to work with\n${told.map((line) => `  ${line}`).join("\n")}`, {
      cause: failures.at(-1)?.failure,
    });
  }
}

function adviceFor({ code }: DiskError): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full: make room there (other files, or a larger disk; never files of the log) and start the broker again. Nothing that was acknowledged is lost";
    case "EROFS":
      return "the file system is read-only, mostly after an error of its disk: see the kernel's log, repair and mount it again, and start the broker again";
    case "EIO":
      return "the disk fails: see the kernel's log, replace it, and start the broker again; an empty directory is filled from the other replicas";
    case "EACCES":
    case "EPERM":
      return "the broker's user may not write there";
    case "EMFILE":
    case "ENFILE":
      return "too many files are open: raise the limit (ulimit -n) and start the broker again";
    default:
      return "put that right and start the broker again";
  }
}
