import { SeededRandom } from "@ottla/runtime";

/** Lines as a web server logs them, the same for the same seed: text that compresses like real text, every line different. */
export function serverLog(lines: number, seed: number): Buffer {
  const random = new SeededRandom(seed);
  const pick = (choices: readonly string[]): string => choices[random.below(choices.length)] ?? "";
  const text: string[] = [];
  for (let line = 0; line < lines; line++) {
    const second = 1_700_000_000 + line;
    text.push(
      `10.${random.below(256)}.${random.below(256)}.${random.below(256)} - ${pick(USERS)} [${second}] ` +
        `"${pick(METHODS)} /${pick(PATHS)}/${random.below(100_000)} HTTP/1.1" ${pick(STATUS)} ${random.below(90_000)} #${line}`,
    );
  }
  return Buffer.from(`${text.join("\n")}\n`);
}

const USERS = ["-", "alice", "bob", "günther", "zoë", "李雷"];
const METHODS = ["GET", "POST", "PUT", "DELETE"];
const PATHS = ["index", "orders", "orders/lines", "users/by-name", "static/css", "api/v2/payments"];
const STATUS = ["200", "200", "200", "304", "404", "500"];
