import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished } from "vitest";
import { dataFolder, startDaemon, type TestDaemon } from "./daemon.ts";
import { startRedis } from "./redis.ts";

export interface Answer {
  status: number;
  body: string;
}

/** One daemon on its own Redis, and what was ever said by it that a stranger might read. Both go with the test. */
export class CanaryGround {
  readonly daemon: TestDaemon;
  readonly redis: Redis;
  /** Nobody is called so, and the text stands nowhere by accident; all names of the test begin with it. */
  readonly canary: string;
  readonly outcomes = new Map<string, number>();
  /** Redirections, and addresses in pages. */
  readonly addresses = new Set<string>();
  /** What told names that should tell of nobody, and how often each that should not was asked. */
  readonly leaks = new Set<string>();
  readonly asked = new Map<string, number>();
  readonly #token: string | undefined;

  private constructor(daemon: TestDaemon, redis: Redis, canary: string, token: string | undefined) {
    this.daemon = daemon;
    this.redis = redis;
    this.canary = canary;
    this.#token = token;
  }

  /** @param prepared writes what the register names into the daemon's folder; with a token of whoever asks, where one is needed */
  static async open(
    registerOf: (canary: string) => string,
    prepared: (folder: string) => string | undefined,
  ): Promise<CanaryGround> {
    const canary = `canary${randomUUID().slice(0, 6)}`;
    const data = dataFolder();
    onTestFinished(() => data[Symbol.dispose]());
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const token = prepared(data.path);
    const env = { REDIS_URL: server.url, SEATMETER_HISTORY: "on", SEATMETER_LOG: "trace" };
    const daemon = await startDaemon({ register: registerOf(canary), data: data.path, env });
    onTestFinished(async () => void (await daemon.stop()));
    const redis = new Redis({ path: server.socket });
    onTestFinished(() => redis.disconnect());
    return new CanaryGround(daemon, redis, canary, token);
  }

  async ask(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.#fetch(path, method, body && JSON.stringify(body), {
      ...(body && { "content-type": "application/json" }),
      ...more,
    });
    const { code, outcome, type, reason } = fieldsOf(answer.body);
    const name = [method, path.replace(/[0-9a-f-]{36}/, ":id"), code ?? reason ?? outcome ?? type ?? ""].join(" ");
    this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + 1);
    return answer;
  }

  /** What is for readers who need not know who uses what. */
  async read(path: string): Promise<void> {
    const { status, body } = await this.#fetch(path, "GET");
    const [name = ""] = path.split("?");
    expect([name, status]).toEqual([name, 200]);
    this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
    if (body.includes(this.canary)) this.leaks.add(path);
  }

  /** Of which the addresses count; what stands on it may be for the eyes of whoever asks. */
  async page(path: string, form?: Record<string, string>): Promise<void> {
    const more = { accept: "text/html", ...(form && { origin: this.daemon.httpUrl }) };
    const { body } = await this.#fetch(path, form ? "POST" : "GET", form && new URLSearchParams(form), more);
    for (const [, address] of body.matchAll(/(?:href|src|action)="([^"]*)"/g)) this.addresses.add(address!);
  }

  /** Each key of Redis with all that it holds, as text. */
  async ledger(): Promise<Map<string, string>> {
    const held = new Map<string, string>();
    for (const key of await this.redis.keys("*")) {
      const type = await this.redis.type(key);
      const read = {
        hash: () => this.redis.hgetall(key),
        zset: () => this.redis.zrange(key, "0", "-1"),
        list: () => this.redis.lrange(key, 0, -1),
        set: () => this.redis.smembers(key),
        stream: () => this.redis.xrange(key, "-", "+"),
        string: () => this.redis.get(key),
      }[type as "hash"];
      held.set(key, JSON.stringify(read ? await read() : ""));
    }
    return held;
  }

  /** When everything is written down the daemon stops, and neither its log nor a file of it may name anybody. */
  async endsClean(): Promise<void> {
    await expect.poll(async () => fieldsOf((await this.ask("GET", "/readyz")).body).backlog).toBe(0);
    expect(await this.daemon.stop()).toBe(0);
    const lines = this.daemon.output().split("\n");
    expect(lines.filter((line) => line.includes(this.canary))).toEqual([]);
    expect(lines.length).toBeGreaterThan(100);
    expect([...this.leaks]).toEqual([]);
    expect([...this.addresses].filter((address) => address.includes(this.canary))).toEqual([]);
    const named = filesBelow(this.daemon.data).filter((path) => readFileSync(path).includes(this.canary));
    // Whoever writes the register may name people in it.
    expect(named.filter((path) => !path.endsWith("register.yaml"))).toEqual([]);
  }

  async #fetch(path: string, method: string, body?: string | URLSearchParams, more = {}): Promise<Answer> {
    const headers = { ...(this.#token && { authorization: `Bearer ${this.#token}` }), ...more };
    const asked = { method, headers, redirect: "manual" as const, ...(body !== undefined && { body }) };
    const response = await fetch(this.daemon.httpUrl + path, asked);
    this.addresses.add(response.headers.get("location") ?? "");
    return { status: response.status, body: await response.text() };
  }
}

export const fieldsOf = (body: string): Record<string, string | undefined> => {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
