import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { dirname, join, resolve } from "node:path";
import { SeatmeterError } from "./domain/errors.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** The environment variables that a daemon obeys, with what they mean and what holds without them. */
export const SETTINGS = {
  SEATMETER_REGISTER: {
    meaning: "the register file",
    default: "`seatmeter.yaml` in the working directory, else the example that comes with seatmeter",
  },
  SEATMETER_LISTEN: { meaning: "`host:port` to listen on; port 0 takes a free one", default: "`127.0.0.1:7070`" },
  SEATMETER_DATA: {
    meaning: "where the ledger's and the history's files and the pseudonym keys lie",
    default: "`./data`",
  },
  REDIS_URL: {
    meaning: "a shared ledger: `redis://`, `rediss://`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`",
    default: "a Redis of its own, under its data",
  },
  SEATMETER_PREFIX: { meaning: "what every key in Redis begins with", default: "`seatmeter:`" },
  DATABASE_URL: {
    meaning: "a shared history: `postgres://USER:PASSWORD@HOST/DATABASE`; two daemons on one ledger need it",
    default: "SQLite, in `history.sqlite` under its data",
  },
  SEATMETER_HISTORY: {
    meaning: "`off`: no recorder, events stay in Redis and are not trimmed, pages of the past say so",
    default: "`on`",
  },
  SEATMETER_LOG: { meaning: `log level: ${LOG_LEVELS.map((level) => `\`${level}\``).join(", ")}`, default: "`info`" },
} as const;

export interface Settings {
  registerFile: string;
  listen: { host: string; port: number };
  data: string;
  redisUrl: string | undefined;
  prefix: string;
  /** Where what happened is written down; undefined: nowhere. */
  history: { file: string } | { url: string } | undefined;
  logLevel: string;
}

const EXAMPLE = join(dirname(import.meta.dirname), "seatmeter.example.yaml");

const refuse = (variable: string, problem: string): never => {
  throw new SeatmeterError("settings_invalid", `${variable}: ${problem}`);
};

/** Errors: settings_invalid, naming the variable. */
export function readSettings(environment: NodeJS.ProcessEnv, workingDirectory: string): Settings {
  const value = (name: keyof typeof SETTINGS) => environment[name] || undefined;
  const history = value("SEATMETER_HISTORY") ?? "on";
  if (history !== "on" && history !== "off") refuse("SEATMETER_HISTORY", `${history} is neither on nor off`);
  const data = resolve(workingDirectory, value("SEATMETER_DATA") ?? "data");
  const logLevel = value("SEATMETER_LOG") ?? "info";
  if (!LOG_LEVELS.includes(logLevel)) refuse("SEATMETER_LOG", `${logLevel} is none of ${LOG_LEVELS.join(", ")}`);
  const asked = value("SEATMETER_REGISTER");
  const own = join(workingDirectory, "seatmeter.yaml");
  return {
    registerFile: asked ? resolve(workingDirectory, asked) : existsSync(own) ? own : EXAMPLE,
    listen: listenAddress(value("SEATMETER_LISTEN") ?? "127.0.0.1:7070"),
    data,
    redisUrl: value("REDIS_URL"),
    prefix: value("SEATMETER_PREFIX") ?? "seatmeter:",
    history: history === "off" ? undefined : historyPlace(value("DATABASE_URL"), data),
    logLevel,
  };
}

function historyPlace(url: string | undefined, data: string): NonNullable<Settings["history"]> {
  if (url === undefined) return { file: join(data, "history.sqlite") };
  if (!/^postgres(ql)?:\/\/./.test(url) || !URL.canParse(url)) {
    // Nothing of it is shown: a password may be in it.
    refuse(
      "DATABASE_URL",
      "it is not postgres://USER:PASSWORD@HOST/DATABASE; signs such as @ / % in a password are written %40 %2F %25",
    );
  }
  return { url };
}

function listenAddress(text: string): Settings["listen"] {
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (!bare || Number(port) > 65_535 || (bare.includes(":") && !isIPv6(bare))) {
    refuse("SEATMETER_LISTEN", `${text} is not host:port, such as 127.0.0.1:7070 or [::]:7070`);
  }
  return { host: bare, port: Number(port) };
}
