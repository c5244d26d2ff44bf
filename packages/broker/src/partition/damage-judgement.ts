/** A replica that holds damaged records, as the controller's word has it. */
export interface DamagedReplica {
  readonly brokerId: number;
  /** Broker that leads; -1 when nobody does. */
  readonly leader: number;
  readonly isr: readonly number[];
}

/**
 * - leaveIsr: others in the ISR hold what cannot be read here; until they alone are relied on, nothing is dropped, and this replica must
 *   not lead
 * - fetchAgain: no ISR relies on this replica: what is damaged, and all behind it, is dropped and fetched from the leader
 * - serveAround: nobody else is known to hold what this replica holds: it keeps everything, and serves what is sound
 * - wait: there is nobody to fetch from
 */
export type DamageVerdict = "leaveIsr" | "fetchAgain" | "serveAround" | "wait";

/**
 * Says what becomes of a replica whose disk has changed records. Cutting them off below the high watermark drops what this replica once
 * acknowledged, so it comes after the controller has taken it out of the ISR (replication's argument, letter c).
 */
export function judgeDamage({ brokerId, leader, isr }: DamagedReplica): DamageVerdict {
  if (isr.includes(brokerId)) return isr.length > 1 ? "leaveIsr" : "serveAround";
  return leader >= 0 && leader !== brokerId ? "fetchAgain" : "wait";
}
