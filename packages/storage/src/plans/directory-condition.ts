/** What a start learns about how the last run of a log directory ended. */
export interface DirectoryEvidence {
  readonly shutdown: "clean" | "unclean" | "new";
  /** Boot id on record, of the last start that the controller confirmed; null when none is. */
  readonly recordedBootId: string | null;
  /** Boot id of the running machine; null when it cannot be told. */
  readonly bootId: string | null;
  /** Why an earlier start called the directory torn, if the controller has not confirmed since. */
  readonly tornBefore: string | null;
  /** Partitions where recovery cut off more than one incomplete batch at the end. */
  readonly damagedPartitions: readonly string[];
}

export interface DirectoryCondition {
  readonly condition: "intact" | "torn";
  /** Each a phrase for the log; empty when intact. */
  readonly reasons: readonly string[];
}

/**
 * Whether the directory still holds all that this broker ever acknowledged. A killed process loses nothing that the kernel holds; a machine
 * that lost power may.
 *
 * @see KIP-966 for why a replica that lost its tail must not be elected as if it had not
 */
export function judgeDirectory(evidence: DirectoryEvidence): DirectoryCondition {
  const reasons: string[] = [];
  const { shutdown, recordedBootId, bootId, tornBefore, damagedPartitions } = evidence;
  if (tornBefore !== null) reasons.push(`not confirmed since it was torn: ${tornBefore}`);
  if (shutdown === "new") reasons.push("the directory is new");
  if (shutdown === "unclean") {
    if (bootId === null) reasons.push("unclean stop, and the machine's boot id is unknown");
    else if (recordedBootId === null) reasons.push("unclean stop, and no boot id was on record");
    else if (recordedBootId !== bootId) reasons.push("unclean stop, and the machine was started anew since");
  }
  if (damagedPartitions.length > 0) reasons.push(`recovery found damage in ${damagedPartitions.join(", ")}`);
  return { condition: reasons.length === 0 ? "intact" : "torn", reasons };
}
