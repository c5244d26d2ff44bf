/**
 * The password of a session, which its server derives from the session's id: 16 bytes of Java's `Random`, seeded with the id and a
 * constant. It is what lets a spec take over somebody else's session, and end it.
 *
 * @see org.apache.zookeeper.server.ZooKeeperServer, `generatePasswd`
 */
export function sessionPassword(id: bigint): Buffer {
  let seed = (BigInt.asUintN(64, id ^ SERVER_CONSTANT) ^ MULTIPLIER) & MASK;
  const password = Buffer.alloc(16);
  for (let i = 0; i < password.length; i += 4) {
    seed = (seed * MULTIPLIER + INCREMENT) & MASK;
    // `nextBytes` gives each number's lowest byte first.
    password.writeInt32LE(Number(BigInt.asIntN(32, seed >> 16n)), i);
  }
  return password;
}

const SERVER_CONSTANT = 0xb3415c00n;
/** Of java.util.Random, whose documentation fixes them. */
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;
