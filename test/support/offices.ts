import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";
import { TicketKeys } from "../../daemon/access/ticket-keys.ts";
import { decodeEvents, type LedgerEvent } from "../../daemon/domain/events.ts";
import { NO_POOL } from "../../daemon/domain/names.ts";
import { poolPolicy } from "../../daemon/domain/policy.ts";
import type { Register } from "../../daemon/domain/register.ts";
import type { Explanation } from "../../daemon/front/explanations.ts";
import { type Asker, Launches } from "../../daemon/front/launches.ts";
import { Ledger } from "../../daemon/ledger/ledger.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import type { Checkout } from "../../daemon/protocol/messages.ts";
import { asker, Counted, checkout, registerFrom } from "./launches.ts";
import { useLedger } from "./ledger.ts";
import { ADDRESSES, type RandomLaunch, type RandomStep } from "./random-registers.ts";

const DAY_MS = 86_400_000;

/** What an office stands on; only one of a test file is open at a time, for Redis is emptied for the next. */
interface Ground {
  ledger: Ledger;
  redis: Redis;
  pseudonyms: Pseudonyms;
  tickets: TicketKeys;
}

type Answer = Awaited<ReturnType<Launches["checkout"]>>["answer"];

/** A launch that came to something: a seat, or a place in the queue. */
interface Held {
  message: Checkout;
  who: Asker;
  pool: string;
}

/** A register in force on an empty ledger, and what becomes of launches. */
export class Office {
  readonly launches: Launches;
  register: Register;
  #revision = 0;
  readonly #ground: Ground;
  readonly #held: Held[] = [];

  constructor(ground: Ground, register: Register) {
    const { ledger, pseudonyms, tickets } = ground;
    this.#ground = ground;
    this.register = register;
    this.launches = new Launches({
      ...{ ledger, pseudonyms, tickets, counters: new Counted() },
      inForce: () => ({ register: this.register, revision: this.#revision }),
    });
  }

  /** Puts a register in force that differs from the one before in these pools. */
  async adopt(register: Register, pools: readonly string[]) {
    this.#revision += 1;
    this.register = register;
    const policies = pools.map((pool) => [pool, poolPolicy(register, this.#revision, pool, Date.now())] as const);
    await this.#ground.ledger.adopt(new Map(policies));
  }

  /** The launch as it is asked for, and its answer. */
  async launch({ product, user, device, site, version }: RandomLaunch, more: Partial<Checkout> = {}) {
    const who = asker(device, { address: ADDRESSES[site] as string });
    const message = checkout(product, { user, attested: true, ...(version !== undefined && { version }), ...more });
    return { who, message, answer: (await this.launches.checkout(who, message)).answer };
  }

  /** One step of a history. */
  async take(step: RandomStep) {
    if (step.does === "launch") {
      const { who, message, answer } = await this.launch(step.launch, moreOf(step));
      if (answer.type === "granted" || answer.type === "queued") this.#held.push({ message, who, pool: answer.pool });
      return;
    }
    const at = step.which % Math.max(1, this.#held.length);
    const held = this.#held[at];
    if (!held) return;
    const again = await this.act(step.does, held);
    if (step.does === "return" || again?.type === "denied") this.#held.splice(at, 1);
  }

  /** @returns the answer, where it is asked again: what has run out may be denied then, and is no lease any more */
  async act(does: Exclude<RandomStep["does"], "launch">, { message, who, pool }: Held): Promise<Answer | undefined> {
    const { ledger, redis } = this.#ground;
    const { leaseId } = message;
    // One that has run out, or whose seat was taken back, is remembered and answered all the same.
    if (does === "ask again") return (await this.launches.checkout(who, message)).answer;
    if (does === "return") await this.launches.checkin(who, leaseId);
    else if (does === "run out") await redis.zadd(ledger.keys.of(pool, "due"), "XX", "0", leaseId);
    else {
      const why = "reclaimed_by_admin" as const;
      await ledger.act(pool, leaseId, { order: "reclaim", why, graceMs: 0, postponable: false });
    }
    return undefined;
  }

  explain({ product, user, device, site, version }: RandomLaunch): Promise<Explanation> {
    return this.launches.explain({ product, user, device, site, ...(version !== undefined && { version }) });
  }

  /** The last that happened in a pool. */
  async lastEvent(pool: string): Promise<LedgerEvent | undefined> {
    const { ledger, redis } = this.#ground;
    const [entry] = await redis.xrevrange(ledger.keys.of(pool, "events"), "+", "-", "COUNT", 1);
    return decodeEvents(pool, entry?.[1][1] ?? "", entry?.[1][3] ?? "").at(-1);
  }

  /** Nobody waits there, or runs for want of room outside the count, who would have a seat if a limit were gone. */
  async isSettled(pool: string): Promise<boolean> {
    const [level] = await this.#ground.ledger.levels([pool]);
    return level?.waiting === 0 && level.outside === 0;
  }

  /** Who had to give up a seat need not stand back for others any longer. */
  async endCoolingOff(pool: string) {
    const { ledger, redis } = this.#ground;
    const due = ledger.keys.of(pool, "due");
    for (const name of await redis.zrange(due, "0", "-1"))
      if (name.startsWith("cool:")) await redis.zadd(due, "0", name);
  }
}

/** What a launch of a history asks for beside the launch itself. */
export const moreOf = (step: Extract<RandomStep, { does: "launch" }>): Partial<Checkout> => ({
  ...{ seats: step.seats, waitMs: step.waits ? 600_000 : 0, alreadyRunning: step.runs },
  ...(step.borrows && { borrowUntilMs: Date.now() + DAY_MS }),
  ...(step.breaksGlass && { breakGlassReason: "a flood" }),
});

/**
 * Offices over the real Redis of this test file. Each has a ledger of its own, because one that knew of what was there
 * before takes an emptied Redis for one that lost it.
 */
export function useOffices() {
  const { socket } = useLedger();
  const data = mkdtempSync(join(tmpdir(), "seatmeter-office-"));
  let redis: Redis;
  let common: Pick<Ground, "pseudonyms" | "tickets">;
  let ledger: Ledger | undefined;
  beforeAll(() => {
    redis = new Redis({ path: socket() });
    common = { pseudonyms: Pseudonyms.open(data), tickets: TicketKeys.open(data) };
  });
  afterAll(async () => {
    await ledger?.close();
    redis?.disconnect();
    rmSync(data, { recursive: true });
  });
  return {
    /** @param register as a file */
    async openOffice(register: string): Promise<Office> {
      await ledger?.close();
      await redis.flushdb();
      ledger = await Ledger.open({ redis: { path: socket() }, pulseMs: 0 });
      const office = new Office({ ledger, redis, ...common }, registerFrom(register));
      await office.adopt(office.register, [NO_POOL, ...Object.keys(office.register.pools)]);
      return office;
    },
  };
}
