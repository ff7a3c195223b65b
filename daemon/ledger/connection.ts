import { Cluster, Redis, type RedisOptions } from "ioredis";
import { SeatmeterError } from "../domain/errors.ts";
import { makePatient } from "./patience.ts";
import { scripts } from "./scripts.ts";
import { isRefusal, placeInWords, troubleOf } from "./troubles.ts";

type Scripted = (...args: (string | number)[]) => Promise<unknown>;
/** ioredis with our scripts as commands. */
export type RedisClient = (Redis | Cluster) & Record<keyof ReturnType<typeof scripts>, Scripted>;

/** A unix socket, or `redis://`, `rediss://`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`. */
export type RedisAddress = string | { path: string };

const READY_WITHIN_MS = 2000;
const SENTINEL_WITHIN_MS = 500;
/** Also how late a new master is found that nobody told of. */
const MOST_RETRY_MS = 500;
const GOODBYE_WITHIN_MS = 20;
const AGAIN_MS = 50;
const TROUBLE_AGAIN_MS = 60_000;

/**
 * Settings that were measured (guarantees): with ioredis's own a script runs twice when its answer is lost, and success
 * is reported. Its time-outs are not used but those of patience.ts.
 */
const SETTINGS = {
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  connectTimeout: 1000,
  failoverDetector: true,
  // One that is frozen takes the question and never answers: the next one is asked.
  sentinelCommandTimeout: SENTINEL_WITHIN_MS,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 5), MOST_RETRY_MS) * (0.5 + Math.random() / 2),
  // A server that is frozen or cut off says no goodbye either, and for so long no other one is looked for.
  disconnectTimeout: GOODBYE_WITHIN_MS,
  // 1: connect anew, so that the new master is found, but never send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? 1 : false),
  disableClientInfo: true,
} satisfies RedisOptions;

function hostAndPort(text: string, port: number) {
  const url = new URL(`tcp://${text}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || port) };
}

interface Use {
  connectionName: string;
  scripts?: ReturnType<typeof scripts>;
}

const SCHEMES = ["redis", "rediss", "redis+sentinel", "redis+cluster"];

function open(address: RedisAddress, use: Use): RedisClient {
  try {
    const client = clientFor(address, use);
    keepFromWaiting(client);
    keepFromEnding(client);
    return client;
  } catch (cause) {
    if (cause instanceof SeatmeterError) throw cause;
    // Nothing of it is shown: a password may be in it.
    throw new SeatmeterError(
      "settings_invalid",
      "REDIS_URL has no host and port that can be read; signs such as @ / % in a password are written %40 %2F %25",
      { cause },
    );
  }
}

/** A server that takes a connection and then says nothing would be waited for without an end, and without a try elsewhere. */
function keepFromWaiting(client: RedisClient) {
  let late: NodeJS.Timeout | undefined;
  client.on("connect", () => {
    late = setTimeout(() => client.status === "connect" && client.disconnect(true), READY_WITHIN_MS);
  });
  for (const over of ["ready", "close"]) client.on(over, () => clearTimeout(late));
}

/**
 * Told of a failover while it looks for the master already, ioredis gives up for ever ("Connection is closed"). Only
 * whoever closes a connection ends it, and listens no more.
 */
function keepFromEnding(client: RedisClient) {
  const again = () =>
    setTimeout(() => {
      if (client.listeners("end").includes(again)) client.connect().catch(() => {});
    }, AGAIN_MS);
  client.on("end", again);
}

function clientFor(address: RedisAddress, use: Use): RedisClient {
  const options = { ...SETTINGS, ...use };
  if (typeof address !== "string") return new Redis({ ...options, path: address.path }) as unknown as RedisClient;
  const [, scheme = "", credentials = "", hosts = "", name = ""] =
    /^([a-z+]+):\/\/(?:(.*)@)?([^/]*)\/?(.*)$/.exec(address) ?? [];
  if (!SCHEMES.includes(scheme) || !hosts) {
    throw new SeatmeterError(
      "settings_invalid",
      `REDIS_URL is none of ${SCHEMES.map((known) => `${known}://HOST`).join(", ")}`,
    );
  }
  const [username, password] = /^([^:]*):?(.*)$/s.exec(credentials)!.slice(1).map(decodeURIComponent);
  const login = { ...(username ? { username } : {}), ...(password ? { password } : {}) };
  if (scheme === "redis+sentinel") {
    if (!name) {
      throw new SeatmeterError("settings_invalid", "REDIS_URL redis+sentinel://HOST,HOST/NAME lacks the master's name");
    }
    const sentinels = hosts.split(",").map((host) => hostAndPort(host, 26379));
    return new Redis({ ...options, ...login, sentinels, name }) as unknown as RedisClient;
  }
  if (scheme === "redis+cluster") {
    const nodes = hosts.split(",").map((host) => hostAndPort(host, 6379));
    const { scripts: ours, enableOfflineQueue, ...redisOptions } = options;
    return new Cluster(nodes, {
      redisOptions: { ...redisOptions, ...login },
      enableOfflineQueue,
      ...(ours ? { scripts: ours } : {}),
      retryDelayOnFailover: 100,
      maxRedirections: 5,
      // Replicas come and go without a word to those who only write.
      slotsRefreshInterval: 5000,
    }) as unknown as RedisClient;
  }
  return new Redis(address, options) as unknown as RedisClient;
}

/** Three connections: decisions never wait behind a long read, and a subscription can do nothing else. */
export interface RedisConnections {
  decisions: RedisClient;
  reads: RedisClient;
  news: RedisClient;
}

/** What reads every event: one connection that waits for them, and one for all else. */
export interface EventConnections {
  /** Nothing limits how long it waits; who uses it does. */
  waiting: RedisClient;
  commands: RedisClient;
}

/** Connect, or go on trying where Redis cannot be reached yet. Errors: settings_invalid. */
export async function openEventConnections(address: RedisAddress): Promise<EventConnections> {
  const connections = {
    waiting: open(address, { connectionName: "seatmeter-events" }),
    commands: open(address, { connectionName: "seatmeter-recorder", scripts: scripts() }),
  };
  makePatient(connections.commands);
  // What goes wrong shows in the commands.
  for (const client of Object.values(connections)) client.on("error", () => {});
  await Promise.all(Object.values(connections).map((client) => ready(client, 5000))).catch(() => {});
  return connections;
}

/** Told when the ledger can be reached no more, and when it can again; once a change. */
export type OnReach = (reachable: boolean, why: string) => void;

/** Told what Redis answers instead of doing what it is asked: in our words, and in its own. */
export type OnTrouble = (trouble: string, why: string) => void;

/** Connect, or say within some seconds why not. Errors: settings_invalid, ledger_unavailable. */
export async function openRedis(
  address: RedisAddress,
  onReach: OnReach,
  onTrouble: OnTrouble = () => {},
): Promise<RedisConnections> {
  const connections = {
    decisions: open(address, { connectionName: "seatmeter-decisions", scripts: scripts() }),
    reads: open(address, { connectionName: "seatmeter-reads" }),
    news: open(address, { connectionName: "seatmeter-news" }),
  };
  const refused = tellTroubles(onTrouble);
  makePatient(connections.decisions, refused);
  makePatient(connections.reads, refused);
  let last: Error | undefined;
  for (const client of Object.values(connections)) {
    client.on("error", (error: Error) => {
      last = error;
    });
  }
  try {
    await Promise.all(Object.values(connections).map((client) => ready(client, 5000)));
  } catch (cause) {
    closeRedis(connections);
    const why = last ?? (cause as Error);
    onReach(false, why.message);
    const words = `Redis at ${placeInWords(address)} ${troubleOf(why)}`;
    throw new SeatmeterError("ledger_unavailable", words, { cause: why });
  }
  tellReach(connections.decisions, () => last?.message ?? "the connection was closed", onReach);
  return connections;
}

/** Each trouble once a minute while it lasts: many launches hear of it. */
function tellTroubles(onTrouble: OnTrouble): (error: Error) => void {
  const toldAtMs = new Map<string, number>();
  return (error) => {
    // ioredis sends the script along then, and asks again.
    if (!isRefusal(error) || error.message.startsWith("NOSCRIPT")) return;
    const trouble = troubleOf(error);
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(trouble) ?? Number.NEGATIVE_INFINITY) < TROUBLE_AGAIN_MS) return;
    toldAtMs.set(trouble, nowMs);
    onTrouble(trouble, error.message);
  };
}

function tellReach(client: RedisClient, why: () => string, onReach: OnReach) {
  let reachable = true;
  const tell = (now: boolean) => {
    if (now !== reachable) onReach(now, now ? "" : why());
    reachable = now;
  };
  client.on("ready", () => tell(true));
  client.on("close", () => tell(false));
}

function ready(client: RedisClient, withinMs: number): Promise<void> {
  if (client.status === "ready") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
    client.once("ready", () => {
      clearTimeout(late);
      resolve();
    });
  });
}

export function closeRedis(connections: RedisConnections | EventConnections): void {
  for (const client of Object.values(connections)) closeClient(client);
}

/** For good. */
export function closeClient(client: RedisClient): void {
  for (const over of ["close", "end"]) client.removeAllListeners(over);
  client.disconnect();
}
