import type { FastifyBaseLogger } from "fastify";
import type { Enrolment } from "../access/enrolment.ts";
import { wallTime } from "../domain/calendar.ts";
import { isRetired } from "../domain/eligibility.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { folded } from "../domain/names.ts";
import type { InForce } from "../domain/register.ts";
import { dayInWords, durationInWords } from "../domain/sentences.ts";
import type { LiveLease } from "../ledger/answers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import type { Message } from "../protocol/messages.ts";
import { reclaimingMessage } from "./standings.ts";

/** Who does something, and why. */
export interface Act {
  by: string;
  reason: string;
}

interface Done {
  message: string;
}

/** A retired computer's programs get so long to be saved. */
const RETIRED_GRACE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What administrators do to leases and computers. Errors of all: ledger_unavailable. */
export class Administration {
  readonly #ledger: Pick<Ledger, "act" | "find" | "leases" | "assigned">;
  readonly #inForce: () => InForce;
  readonly #pseudonyms: Pseudonyms;
  readonly #retireInRegister: (device: string, day: string, act: Act) => Promise<{ revision: number }>;
  readonly #enrolment: Pick<Enrolment, "offer" | "remove">;
  readonly #tellHolder: (message: Message<"reclaiming">) => void;
  readonly #log: FastifyBaseLogger;
  #nextDay: NodeJS.Timeout | undefined;

  constructor(parts: {
    ledger: Pick<Ledger, "act" | "find" | "leases" | "assigned">;
    inForce: () => InForce;
    pseudonyms: Pseudonyms;
    /** Publishes the register with that computer retired. Errors: register_invalid, register_stale. */
    retireInRegister: (device: string, day: string, act: Act) => Promise<{ revision: number }>;
    enrolment: Pick<Enrolment, "offer" | "remove">;
    /** Says it on the holder's connection, if that is one of this daemon's; all others hear it at their next heartbeat. */
    tellHolder: (message: Message<"reclaiming">) => void;
    log: FastifyBaseLogger;
  }) {
    this.#ledger = parts.ledger;
    this.#inForce = parts.inForce;
    this.#pseudonyms = parts.pseudonyms;
    this.#retireInRegister = parts.retireInRegister;
    this.#enrolment = parts.enrolment;
    this.#tellHolder = parts.tellHolder;
    this.#log = parts.log;
  }

  /** Errors also: lease_unknown; message_invalid for a borrowed one, which can only be recalled. */
  async reclaim(leaseId: string, graceMs: number): Promise<Done> {
    const pool = await this.#poolOf(leaseId);
    const order = { order: "reclaim", why: "reclaimed_by_admin", graceMs, postponable: true } as const;
    const answer = await this.#ledger.act(pool, leaseId, order);
    if (answer.outcome === "borrowed") {
      const why = `the lease ${leaseId} is borrowed, and its ticket cannot be unsaid: recall it instead`;
      throw new SeatmeterError("message_invalid", why, { field: "leaseId" });
    }
    if (answer.outcome !== "reclaiming") throw unknownLease(leaseId);
    this.#tellHolder(reclaimingMessage(leaseId, answer));
    const left = durationInWords(answer.graceMs);
    return { message: `The holder is told; the seat of ${pool} goes to others in ${left}, unless it is postponed.` };
  }

  /** Errors also: lease_unknown, where it is not borrowed. */
  async recall(leaseId: string): Promise<Done> {
    const pool = await this.#poolOf(leaseId);
    const { outcome } = await this.#ledger.act(pool, leaseId, { order: "recall" });
    if (outcome !== "recalled") {
      throw new SeatmeterError("lease_unknown", `the lease ${leaseId} is not borrowed`, { field: "leaseId" });
    }
    return { message: `Recalled: the seat of ${pool} is shown at risk until it is due, for its ticket stays good.` };
  }

  /** Errors also: not_found, where no seat is assigned to that holder, or it is in use. */
  async reassign(pool: string, holder: { kind: "user" | "device"; name: string }): Promise<Done> {
    const pseudonyms = Object.values(this.#pseudonyms.of(holder.kind, holder.name, Date.now()));
    const isTheirs = (name: string) => folded(name) === folded(holder.name) || pseudonyms.includes(name);
    let freed = false;
    // One for each number of seats that they took at once.
    for (const assigned of await this.#ledger.assigned(pool)) {
      if (!pseudonyms.includes(holderOf(assigned))) continue;
      const { outcome } = await this.#ledger.act(pool, assigned, { order: "reassign" });
      if (outcome === "freed") freed = true;
    }
    if (freed) return { message: `The seat of ${pool} that was assigned to ${holder.name} is free for somebody else.` };
    for await (const lease of this.#leasesOf([pool])) {
      if (!isTheirs(lease[holder.kind])) continue;
      const why = `${holder.name} uses the seat right now: reclaim the lease ${lease.leaseId} first`;
      throw new SeatmeterError("not_found", why, { field: holder.kind });
    }
    throw new SeatmeterError("not_found", `no seat of ${pool} is assigned to ${holder.name}`, { field: holder.kind });
  }

  async offerEnrolment(by: string, device: string): Promise<{ device: string; token: string; untilMs: number }> {
    const offered = await this.#enrolment.offer(device, by);
    return { device, ...offered };
  }

  /** Errors also: not_found, where it is not enrolled and has no token. */
  async removeDevice(device: string): Promise<Done> {
    if (!(await this.#enrolment.remove(device))) {
      throw new SeatmeterError("not_found", `${device} is not enrolled, and has no token`, { field: "device" });
    }
    return { message: `${device} is not enrolled any more: it is refused, and its connections are closed.` };
  }

  /** Errors also: register_invalid, register_stale. */
  async retire(act: Act, device: string): Promise<Done> {
    const { register } = this.#inForce();
    const nowMs = Date.now();
    // Since when it is, and why, is evidence: whoever retires it again does not make it younger.
    const known = isRetired(register, device, nowMs) ? register.devices[folded(device)]?.retired : undefined;
    const today = wallTime(nowMs, register.timezone).date;
    const done =
      known === undefined
        ? `is retired as of revision ${(await this.#retireInRegister(device, today, act)).revision}`
        : `was retired already, ${known === true ? "for good" : `on ${dayInWords(known)}`}`;
    const given = await this.#reclaimRetired();
    // Whoever has a stolen one comes in no more.
    await this.#enrolment.remove(device);
    const leases = given === 1 ? "1 lease of it ends" : `${given} leases of it end`;
    return { message: `${device} ${done}; ${leases} in a minute.` };
  }

  /** A register came into force, or a day has begun: computers that are retired by now give back their seats. */
  registerChanged(): void {
    clearTimeout(this.#nextDay);
    const { devices, timezone } = this.#inForce().register;
    if (Object.values(devices).every(({ retired }) => retired === undefined)) return;
    void this.#reclaimRetired().catch((error) => this.#log.warn({ err: error }, "retired computers keep their seats"));
    // Local days have 23 to 25 hours: looked at every hour, one that begins is not missed by much.
    const msIntoHour = (wallTime(Date.now(), timezone).minuteOfDay % 60) * 60_000;
    this.#nextDay = setTimeout(() => this.registerChanged(), Math.min(DAY_MS, 3_600_000 - msIntoHour)).unref();
  }

  stop(): void {
    clearTimeout(this.#nextDay);
  }

  async #reclaimRetired(): Promise<number> {
    const { register } = this.#inForce();
    let given = 0;
    // A borrowed seat that was rebuilt from the history has a pseudonym in place of its computer's name.
    const retired = Object.keys(register.devices).filter((device) => isRetired(register, device, Date.now()));
    const pseudonyms = new Set(retired.flatMap((device) => this.#pseudonyms.ofAllYears("device", device)));
    for await (const lease of this.#leasesOf(Object.keys(register.pools))) {
      if (!isRetired(register, lease.device, Date.now()) && !pseudonyms.has(lease.device)) continue;
      const order = { order: "reclaim", why: "device_retired", graceMs: RETIRED_GRACE_MS, postponable: false } as const;
      const answer = await this.#ledger.act(lease.pool, lease.leaseId, order);
      if (answer.outcome !== "reclaiming") continue;
      this.#tellHolder(reclaimingMessage(lease.leaseId, answer));
      given += 1;
    }
    return given;
  }

  async *#leasesOf(pools: readonly string[]): AsyncGenerator<LiveLease> {
    for (const pool of pools) {
      let cursor: string | undefined;
      do {
        const page = await this.#ledger.leases(pool, cursor);
        yield* page.items;
        cursor = page.next;
      } while (cursor !== undefined);
    }
  }

  async #poolOf(leaseId: string): Promise<string> {
    const pool = await this.#ledger.find(leaseId);
    if (pool === undefined) throw unknownLease(leaseId);
    return pool;
  }
}

const unknownLease = (leaseId: string) =>
  new SeatmeterError("lease_unknown", `no pool holds the lease ${leaseId}`, { field: "leaseId" });

/** Whose an assigned seat is, by pseudonym: where it is several, their number stands behind it. */
const holderOf = (assigned: string) => assigned.replace(/\*\d+$/, "");
