import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Enrolment } from "../../daemon/access/enrolment.ts";
import { TicketKeys } from "../../daemon/access/ticket-keys.ts";
import { NO_POOL } from "../../daemon/domain/names.ts";
import { poolPolicy } from "../../daemon/domain/policy.ts";
import type { InForce, Register } from "../../daemon/domain/register.ts";
import { Administration } from "../../daemon/front/administration.ts";
import { type Asker, type LaunchCounters, Launches } from "../../daemon/front/launches.ts";
import { openLog } from "../../daemon/front/log.ts";
import type { Ledger } from "../../daemon/ledger/ledger.ts";
import { Pseudonyms } from "../../daemon/privacy/pseudonyms.ts";
import { Checkout } from "../../daemon/protocol/messages.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { useLedger } from "./ledger.ts";

/** What a file of tests counts: `checkout cad granted`, `denial cad no_seats`, `ended cad checked_in`, `heartbeats cad`. */
export class Counted implements LaunchCounters {
  readonly lines: string[] = [];
  checkout(pool: string, outcome: string) {
    this.lines.push(`checkout ${pool} ${outcome}`);
  }
  denial(pool: string, reason: string) {
    this.lines.push(`denial ${pool} ${reason}`);
  }
  ended(pool: string, why: string) {
    this.lines.push(`ended ${pool} ${why}`);
  }
  heartbeats(pool: string) {
    this.lines.push(`heartbeats ${pool}`);
  }
  ungoverned() {
    this.lines.push("ungoverned");
  }
}

export const asker = (device = "PC-12", change: Partial<Asker> = {}): Asker => ({
  device,
  address: "10.20.0.7",
  gateway: false,
  authenticated: false,
  ...change,
});

/** A checkout as it comes out of the codec: of a user and lease of its own, unless told otherwise. */
export const checkout = (product: string, change: Partial<Checkout> = {}): Checkout =>
  Checkout.parse({ type: "checkout", leaseId: randomUUID(), user: `user-${randomUUID()}`, product, ...change });

export function registerFrom(text: string): Register {
  const read = readRegister(text, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
}

/** Launches over a real ledger of their own: each has other keys in the Redis of this test file. */
export function useLaunches() {
  const { openLedger, socket } = useLedger();
  const data = mkdtempSync(join(tmpdir(), "seatmeter-launches-"));
  afterAll(() => rmSync(data, { recursive: true }));
  return {
    socket,
    async openLaunches(text: string, options: { ledger?: Ledger; nowMs?: number } = {}) {
      const ledger = options.ledger ?? (await openLedger({ prefix: `${randomUUID()}:` }));
      const counted = new Counted();
      const clock = { nowMs: options.nowMs ?? Date.now() };
      const around = { inForce: { register: registerFrom(text), revision: 0 } as InForce };
      /** Put another register in force. */
      const adopt = async (next: string) => {
        const register = registerFrom(next);
        const revision = around.inForce.revision + 1;
        const pools = [NO_POOL, ...Object.keys(register.pools)];
        await ledger.adopt(new Map(pools.map((pool) => [pool, poolPolicy(register, revision, pool, clock.nowMs)])));
        around.inForce = { register, revision };
      };
      await adopt(text);
      /** A daemon: it knows of leases what it has heard itself. */
      const daemon = () =>
        new Launches({
          ...{ ledger, counters: counted, pseudonyms: Pseudonyms.open(data), tickets: TicketKeys.open(data) },
          inForce: () => around.inForce,
          now: () => clock.nowMs,
        });
      const launches = daemon();
      const acts = new Administration({
        ...{ ledger, pseudonyms: Pseudonyms.open(data), inForce: () => around.inForce, log: openLog("silent") },
        enrolment: new Enrolment(ledger.devices),
        tellHolder: () => {},
        retireInRegister: async () => ({ revision: around.inForce.revision }),
      });
      return {
        ...{ ledger, launches, acts, counted, clock, adopt, daemon, inForce: () => around.inForce },
        async ask(product: string, change: Partial<Checkout> = {}, who = asker()) {
          const message = checkout(product, change);
          const { answer } = await launches.checkout(who, message);
          return { ...answer, leaseId: message.leaseId };
        },
        /** A heartbeat waits for the ledger's next pulse. */
        async beat(leaseIds: string[], who = asker(), to = launches) {
          const heard = to.heartbeat(who, leaseIds);
          const pulses = setInterval(() => void ledger.pulse(), 1);
          return (await heard.finally(() => clearInterval(pulses))).alive;
        },
        used: async (pool: string) => (await ledger.levels([pool]))[0]?.used,
      };
    },
  };
}
