import { badInputCases } from "./cases";
import { probe } from "./probe";

/** Prints what the broker at HOST:PORT does with each case, as rows of a Markdown table: `main.js HOST PORT TOPIC`. */
async function main(): Promise<void> {
  const [host = "127.0.0.1", port = "9092", topic = "t"] = process.argv.slice(2);
  for (const input of badInputCases(topic)) {
    const outcome = await probe({ host, port: Number(port), patienceMs: 2000 }, input);
    process.stdout.write(`| ${input.name} | ${outcome} |\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
