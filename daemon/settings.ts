import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { dirname, join, resolve } from "node:path";
import { SeatmeterError } from "./domain/errors.ts";

/** The environment variables that a daemon obeys, with what they mean and what holds without them. */
export const SETTINGS = {
  SEATMETER_REGISTER: {
    meaning: "the register file",
    default: "`seatmeter.yaml` in the working directory, else the example that comes with seatmeter",
  },
  SEATMETER_LISTEN: { meaning: "`host:port` to listen on; port 0 takes a free one", default: "`127.0.0.1:7070`" },
  SEATMETER_DATA: { meaning: "where the ledger's files and the pseudonym keys lie", default: "`./data`" },
  REDIS_URL: {
    meaning: "a shared ledger: `redis://`, `rediss://`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`",
    default: "a Redis of its own, under its data",
  },
  SEATMETER_PREFIX: { meaning: "what every key in Redis begins with", default: "`seatmeter:`" },
  SEATMETER_HISTORY: {
    meaning:
      "`off`: no recorder, events stay in the streams. This version has none yet, so nothing else can be asked for",
    default: "`off`",
  },
  SEATMETER_LOG: { meaning: "log level: `trace`, `debug`, `info`, `warn`, `error`, `silent`", default: "`info`" },
} as const;

export interface Settings {
  registerFile: string;
  listen: { host: string; port: number };
  data: string;
  redisUrl: string | undefined;
  prefix: string;
  logLevel: string;
}

const EXAMPLE = join(dirname(import.meta.dirname), "seatmeter.example.yaml");
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

const refuse = (variable: string, problem: string): never => {
  throw new SeatmeterError("settings_invalid", `${variable}: ${problem}`);
};

/** Errors: settings_invalid, naming the variable. */
export function readSettings(environment: NodeJS.ProcessEnv, workingDirectory: string): Settings {
  const value = (name: keyof typeof SETTINGS) => environment[name] || undefined;
  if (environment.DATABASE_URL) {
    refuse("DATABASE_URL", "this version keeps no history yet, so it has no use for a database; leave it unset");
  }
  const history = value("SEATMETER_HISTORY") ?? "off";
  if (history !== "off")
    refuse("SEATMETER_HISTORY", `${history} is not offered by this version; set it to off or leave it unset`);
  const logLevel = value("SEATMETER_LOG") ?? "info";
  if (!LOG_LEVELS.includes(logLevel)) refuse("SEATMETER_LOG", `${logLevel} is none of ${LOG_LEVELS.join(", ")}`);
  const asked = value("SEATMETER_REGISTER");
  const own = join(workingDirectory, "seatmeter.yaml");
  return {
    registerFile: asked ? resolve(workingDirectory, asked) : existsSync(own) ? own : EXAMPLE,
    listen: listenAddress(value("SEATMETER_LISTEN") ?? "127.0.0.1:7070"),
    data: resolve(workingDirectory, value("SEATMETER_DATA") ?? "data"),
    redisUrl: value("REDIS_URL"),
    prefix: value("SEATMETER_PREFIX") ?? "seatmeter:",
    logLevel,
  };
}

function listenAddress(text: string): Settings["listen"] {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (!bare || Number(port) > 65_535 || (bare.includes(":") && !isIPv6(bare))) {
    refuse("SEATMETER_LISTEN", `${text} is not host:port, such as 127.0.0.1:7070 or [::]:7070`);
  }
  return { host: bare, port: Number(port) };
}
