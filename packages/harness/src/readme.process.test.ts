import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeBrokerPorts, freePort } from "./free-port";
import { ManagedProcess } from "./managed-process";
import { repositoryRoot } from "./repository-root";
import { runToEnd } from "./run-to-end";

describe("the README", () => {
  let folder: string;
  let quickstart: ManagedProcess;
  let port: number;
  let zookeeperPort: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ottla-readme-"));
    port = await freeBrokerPorts(3);
    zookeeperPort = await freePort();
    quickstart = ManagedProcess.start({
      command: join(repositoryRoot, "scripts/quickstart.sh"),
      args: ["--port", `${port}`, "--zookeeper-port", `${zookeeperPort}`, "--dir", join(folder, "data")],
      logFile: join(folder, "quickstart.log"),
    });
    await quickstart.says(/Ctrl-C stops everything/, 90_000);
  });
  afterAll(async () => {
    const ending = await quickstart?.end("SIGINT", 40_000);
    expect(ending?.code).toBe(130);
    expect(quickstart.output).toContain("stopped.");
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows commands that work when pasted", async () => {
    const commands = blockAfter("A spec runs these lines");
    expect(commands).toHaveLength(3);

    const results = [];
    for (const command of commands) results.push(await paste(command));

    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(results[0]?.stdout.toString()).toBe("Created topic greetings.\n");
    expect(lines(results[2]?.stdout)).toEqual(["hello", "world"]);
  });

  it("speaks true of Kafka 0.8's flags", async () => {
    await paste("printf 'a\\n\\nb' | scripts/console-producer.sh --broker-list localhost:9092 --topic old");
    const read = await paste(
      "scripts/console-consumer.sh --zookeeper localhost:2181 --topic old --from-beginning --max-messages 3",
    );
    expect(read.stdout.toString()).toBe("a\n\nb\n");
  });

  it("shows kcat reading back a file", async () => {
    await paste("kcat -b localhost:9092 -t services -P < /etc/services");
    const read = await paste("kcat -b localhost:9092 -t services -C -o beginning -e -q");
    expect(lines(read.stdout)).toEqual(lines(readFileSync("/etc/services")).filter((line) => line !== ""));
  });

  it("is told the same commands by the quickstart itself", async () => {
    const told = quickstart.output
      .split("\n")
      .filter((line) => line.startsWith("  scripts/") || line.startsWith("  printf"));
    expect(told.length).toBeGreaterThanOrEqual(4);
    for (const command of told)
      expect((await paste(command.replace("--topic greetings --part", "--topic told --part"))).code).toBe(0);
  });

  /** Runs a line as a shell at the top of the checkout does, with this run's ports for the README's. */
  function paste(command: string): ReturnType<typeof runToEnd> {
    const here = command
      .replaceAll("localhost:9092", `localhost:${port}`)
      .replaceAll("localhost:2181", `localhost:${zookeeperPort}`);
    return runToEnd("bash", ["-c", here], { cwd: repositoryRoot });
  }
});

/** The lines of the first shell block after a remark in the README. */
function blockAfter(remark: string): string[] {
  const text = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  const block = /```sh\n([\s\S]*?)```/.exec(text.slice(text.indexOf(remark)))?.[1];
  return (block ?? "").trimEnd().split("\n");
}

const lines = (bytes: Buffer | undefined): string[] => (bytes ?? Buffer.alloc(0)).toString().trimEnd().split("\n");
