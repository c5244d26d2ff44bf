import { readFileSync } from "node:fs";
import { grpcTransport } from "@ottla/cluster-rpc";
import { ZooKeeperCoordination } from "@ottla/coordination";
import {
  Aborted,
  createLogger,
  explain,
  type Logger,
  nodeDisk,
  systemClock,
  systemRandom,
  type Timer,
} from "@ottla/runtime";
import { Broker } from "./broker";
import { BrokerConfig, ConfigRefused } from "./config/broker-config";
import { gatherConfig } from "./config/config-sources";
import { thisMachine } from "./machine";
import { startupBanner } from "./startup-banner";

const USAGE = `usage: ottla broker [FILE] [--override KEY=VALUE]...

Runs a broker in the foreground, with the keys of Kafka's server.properties: those of FILE, then those of the environment, then
those given here. The first SIGINT or SIGTERM stops it cleanly, a second one at once.`;

/** Exit codes of the process. */
const OK = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

const WAITING_SAID_EVERY_MS = 1000;

interface Arguments {
  readonly file: string | null;
  readonly overrides: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Runs a broker as a process of its own, until a signal ends it: the first SIGTERM or SIGINT stops it cleanly, a second one at once.
 *
 * @param args what follows the command on the command line
 * @returns the process's exit code
 */
export async function runBroker(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(`${USAGE}\n`);
    return OK;
  }
  const parsed = parseArguments(args);
  if (typeof parsed === "string") {
    process.stderr.write(`${parsed}\n${USAGE}\n`);
    return WRONG_USAGE;
  }
  let config: BrokerConfig;
  try {
    config = BrokerConfig.from(gatherConfig(readFile(parsed.file), process.env, parsed.overrides));
  } catch (error) {
    if (!(error instanceof ConfigRefused || error instanceof FileUnreadable)) throw error;
    process.stderr.write(`cannot start:\n${error.message.replace(/^/gm, "  ")}\n`);
    return FAILED;
  }
  const level = config.get("ottla.log.level");
  const logger = createLogger({
    level: level === "debug" || level === "warn" || level === "error" ? level : "info",
    format: config.get("ottla.log.format") === "json" ? "json" : "text",
  });
  for (const warning of config.warnings) logger.warn(warning);
  return serve(config, logger);
}

async function serve(config: BrokerConfig, logger: Logger): Promise<number> {
  const stop = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++;
      if (signals > 1) {
        logger.warn(`${signal} again: stopping at once`);
        process.exit(FAILED);
      }
      logger.info(`${signal}: stopping`);
      stop.abort();
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
  const onFatal = (reason: Error): void => {
    logger.error("stopping at once: the broker cannot go on", { error: reason, stack: reason.stack });
    process.exit(FAILED);
  };
  process.on("uncaughtException", onFatal);
  process.on("unhandledRejection", (reason) => onFatal(reason instanceof Error ? reason : new Error(explain(reason))));

  let broker: Broker;
  try {
    broker = await Broker.start(
      {
        config,
        connect: (signal) => connect(config, logger, signal),
        transport: grpcTransport({ clock: systemClock, logger: logger.with({ component: "rpc" }) }),
        machine: await thisMachine({ clock: systemClock, logger }),
        disk: nodeDisk,
        clock: systemClock,
        random: systemRandom,
        logger,
        onFatal,
      },
      stop.signal,
    );
  } catch (error) {
    if (error instanceof Aborted && stop.signal.aborted) return OK;
    logger.error(`cannot start: ${explain(error)}`);
    logger.debug("where it failed", { stack: error instanceof Error ? error.stack : undefined });
    return FAILED;
  }
  process.stderr.write(`${startupBanner(broker.report)}\n`);
  logger.info("ready", { brokerId: broker.report.brokerId, tookMs: Math.round(broker.report.tookMs) });

  await stopped;
  const startedMs = systemClock.monotonicMs();
  try {
    await broker.close();
  } catch (error) {
    logger.error(`did not stop cleanly: ${explain(error)}`);
    return FAILED;
  }
  logger.info("stopped", { tookMs: Math.round(systemClock.monotonicMs() - startedMs) });
  return OK;
}

async function connect(config: BrokerConfig, logger: Logger, signal: AbortSignal): Promise<ZooKeeperCoordination> {
  const sessionTimeoutMs = config.get("zookeeper.session.timeout.ms");
  const connectionTimeoutMs = config.get("zookeeper.connection.timeout.ms") ?? sessionTimeoutMs;
  const connectString = config.get("zookeeper.connect") ?? "";
  const waiting = sayWhileWaiting(() =>
    logger.warn("waiting for ZooKeeper", { connect: connectString, connectionTimeoutMs }),
  );
  try {
    return await ZooKeeperCoordination.connect({
      connectString,
      sessionTimeoutMs,
      connectionTimeoutMs,
      maxInFlightRequests: config.get("zookeeper.max.in.flight.requests"),
      clock: systemClock,
      random: systemRandom,
      logger: logger.with({ component: "zookeeper" }),
      signal,
    });
  } finally {
    waiting.cancel();
  }
}

/** Calls `say` every second or so until it is cancelled: a start that hangs must say on what. */
function sayWhileWaiting(say: () => void): Timer {
  const again = (): Timer =>
    systemClock.setTimer(WAITING_SAID_EVERY_MS, () => {
      say();
      timer = again();
    });
  let timer = again();
  return { cancel: () => timer.cancel() };
}

class FileUnreadable extends Error {
  override readonly name = "FileUnreadable";
}

function readFile(path: string | null): { readonly name: string; readonly text: string } | null {
  if (path === null) return null;
  try {
    return { name: path, text: readFileSync(path, "utf8") };
  } catch (cause) {
    throw new FileUnreadable(`${path} cannot be read: ${explain(cause)}`, { cause });
  }
}

/** @returns the arguments, or what is wrong with them */
function parseArguments(args: readonly string[]): Arguments | string {
  let file: string | null = null;
  const overrides: { key: string; value: string }[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--override" || arg.startsWith("--override=")) {
      const text = arg === "--override" ? (args[++i] ?? "") : arg.slice("--override=".length);
      const equals = text.indexOf("=");
      if (equals <= 0) return `--override needs KEY=VALUE, not ${text === "" ? "nothing" : text}`;
      overrides.push({ key: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() });
    } else if (arg.startsWith("-")) return `unknown option ${arg}`;
    else if (file !== null) return `only one file can be given: ${file} or ${arg}`;
    else file = arg;
  }
  return { file, overrides };
}
