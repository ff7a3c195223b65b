import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, onTestFinished } from "vitest";
import { TicketKeys } from "../../daemon/access/ticket-keys.ts";
import { NO_POOL } from "../../daemon/domain/names.ts";
import { poolPolicy } from "../../daemon/domain/policy.ts";
import { Launches } from "../../daemon/front/launches.ts";
import type { History } from "../../daemon/history/database.ts";
import type { LiveLease } from "../../daemon/ledger/answers.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import { Checkout } from "../../daemon/protocol/messages.ts";
import { Rebuilding } from "../../daemon/rebuilding.ts";
import { dataFolder } from "./daemon.ts";
import { startRecorder } from "./history.ts";
import { registerOfText } from "./recorded.ts";

export const HOUR_MS = 3_600_000;

/**
 * A daemon's parts in this process, over a real Redis and a real history, whose ledger a test loses. Time passes when the
 * test says so.
 */
export async function losable(socket: string, history: History, text: string) {
  const prefix = `${randomUUID()}:`;
  const register = registerOfText(text);
  const folder = dataFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const pseudonyms = Pseudonyms.open(folder.path);
  const tickets = TicketKeys.open(folder.path);
  const redis = new Redis({ path: socket });
  onTestFinished(() => redis.disconnect());
  const pools = Object.keys(register.pools);
  const inForce = () => ({ register, revision: 1 });
  /** One of the daemons, with all that it remembers. */
  async function daemon(pulseMs = 0) {
    const ledger = await Ledger.open({ redis: { path: socket }, prefix, pulseMs });
    onTestFinished(() => ledger.close());
    const all = [...pools, NO_POOL];
    await ledger.adopt(new Map(all.map((pool) => [pool, poolPolicy(register, 1, pool, Date.now())])));
    const counters = { checkout() {}, denial() {}, ended() {}, heartbeats() {}, ungoverned() {} };
    const launches = new Launches({ ledger, inForce, pseudonyms, tickets, counters });
    const log: object[] = [];
    const rebuilding = new Rebuilding({
      // All of them do it at once, as if none had heard of the others.
      ledger: {
        get lost() {
          return ledger.lost;
        },
        assigned: ledger.assigned.bind(ledger),
        leases: ledger.leases.bind(ledger),
        checkout: ledger.checkout.bind(ledger),
        act: ledger.act.bind(ledger),
        claimNotice: async () => true,
      },
      ...{ pseudonyms, everyMs: 0, register: { current: inForce() }, recording: { past: async () => history } },
      log: { info: (facts: object) => log.push(facts), warn: (facts: object) => log.push(facts) } as never,
    });
    return { ledger, launches, rebuilding, log };
  }
  const first = await daemon();
  // Which knows of the pools from its first look on.
  await startRecorder(history, socket, { prefix });
  const askerOf = (device: string, address = "10.1.0.1") => ({
    ...{ device, address, gateway: false, authenticated: false },
  });

  return {
    ...{ ...first, history, redis, pseudonyms, register, daemon, askerOf },
    key: (pool: string, name: string) => `${prefix}{${pool}}:${name}`,
    async launch(user: string, device: string, more: object = {}, address?: string) {
      const message = Checkout.parse({ type: "checkout", leaseId: randomUUID(), product: pools[0], user, ...more });
      return (await first.launches.checkout(askerOf(device, address), message)).answer;
    },
    giveBack: (device: string, leaseId: string, launches = first.launches) =>
      launches.checkin(askerOf(device), leaseId),
    /** All that happened in the pool is in the history. */
    async recorded(pool: string) {
      const waits = async () => {
        const [epoch = "", changes] = await redis.hmget(`${prefix}{${pool}}:state`, "epoch", "changes");
        const progress = history.db.selectFrom("progress").select("number").where("pool", "=", pool);
        const row = await progress.where("epoch", "=", epoch).executeTakeFirst();
        return Number(changes) - Number(row?.number ?? 0);
      };
      await expect.poll(waits, { interval: 10 }).toBe(0);
    },
    /** As after the disk was lost. */
    async empty(pool: string) {
      await redis.del(...(await redis.keys(`${prefix}{${pool}}:*`)));
    },
    /** What lies in Redis now, to be put back later. */
    async backup(pool: string) {
      const keys = await redis.keys(`${prefix}{${pool}}:*`);
      const held = await Promise.all(keys.map(async (key) => [key, (await redis.dumpBuffer(key))!] as const));
      return async () => {
        await redis.del(...(await redis.keys(`${prefix}{${pool}}:*`)));
        for (const [key, dump] of held) await redis.restore(key, 0, dump);
      };
    },
    /** The daemon calls the pool, and hears that it lost something. */
    async noticed(pool: string, { ledger } = first) {
      await ledger.pulse();
      await expect.poll(() => ledger.lost.map((lost) => lost.pool), { interval: 10 }).toContain(pool);
    },
    /** The daemon notices, and rebuilds as soon as the history has heard of it. */
    async rebuilt(...pools: string[]) {
      for (const pool of pools) await this.noticed(pool);
      for (const pool of pools) await this.recorded(pool);
      await this.builds();
    },
    async builds() {
      const left = async () => {
        await first.rebuilding.look();
        return first.ledger.lost;
      };
      await expect.poll(left, { interval: 10 }).toEqual([]);
    },
    /** A ttl passes, in which a daemon is there. */
    async passTtl(pool: string) {
      await redis.hincrby(`${prefix}{${pool}}:state`, "vnow", 60_000);
      await first.ledger.pulse();
    },
    async leases(pool: string): Promise<LiveLease[]> {
      return (await first.ledger.leases(pool)).items;
    },
    level: async (pool: string) => (await first.ledger.levels([pool]))[0]!,
  };
}
