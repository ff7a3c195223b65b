import { randomUUID } from "node:crypto";
import { z } from "zod";
import { folded } from "../domain/names.ts";
import type { RedisConnections } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { asked } from "./troubles.ts";

/** A computer that is enrolled, as it lies in the ledger. */
const Registration = z.looseObject({
  device: z.string(),
  /** Another one each time that the computer is enrolled; a new key of its own leaves it. */
  enrolment: z.string(),
  /** Ed25519, 32 bytes in base64url. */
  publicKey: z.string(),
  /** The one before, where the computer has changed it. */
  previousKey: z.string().optional(),
  enrolledAtMs: z.number(),
  /** Who made the token. */
  by: z.string(),
  /** The last day on which it came in; none: it never did. */
  lastSeen: z.string().optional(),
  /** When the key was taken away. */
  revokedAtMs: z.number().optional(),
});
export type Registration = z.infer<typeof Registration>;

/** Computers at a glance: about so many of one HSCAN make a page. */
const PAGE = 500;
/** That a computer had a key which was taken away is listed for so long, and the newest of so many. */
const REVOKED_KEPT_MS = 400 * 86_400_000;
const MOST_REVOKED = 1_000;

/**
 * Which computers are enrolled, for all daemons alike. It lies in the ledger and not in the history: it says who may come
 * in now, a daemon without a history needs it too, and a token must be taken by one computer in one step. Errors of all:
 * ledger_unavailable.
 */
export class DeviceStore {
  readonly #redis: RedisConnections;
  readonly #keys: Keys;

  constructor(redis: RedisConnections, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** A computer has one token at a time: a second one takes the first one's place. @param hash of the token */
  async offer(device: string, { hash, by, forMs }: { hash: string; by: string; forMs: number }): Promise<void> {
    const token = JSON.stringify({ hash, by });
    await asked(this.#redis.decisions.set(this.#keys.enrolmentToken(folded(device)), token, "PX", forMs));
  }

  /**
   * Asking twice with one key is asking once.
   *
   * @returns what the computer calls the daemons of this ledger in what it signs, so that it is good at no other one;
   *   "unknown": there is no such token for that computer
   */
  async exchange(device: string, hash: string, publicKey: string): Promise<{ audience: string } | "used" | "unknown"> {
    const { decisions } = this.#redis;
    const { devices, deviceChanges, deviceChannel } = this.#keys;
    const token = this.#keys.enrolmentToken(folded(device));
    const { by = "" } = JSON.parse((await asked(decisions.get(token))) ?? "{}") as { by?: string };
    const registration: Registration = { device, enrolment: randomUUID(), publicKey, enrolledAtMs: Date.now(), by };
    const args = [folded(device), hash, publicKey, JSON.stringify(registration), `seatmeter:${randomUUID()}`];
    const answer = decisions.deviceEnrol(token, devices, deviceChanges, ...args, deviceChannel);
    const [outcome, audience] = (await asked(answer)) as ["enrolled" | "used" | "unknown", string?];
    return outcome === "enrolled" ? { audience: audience ?? "" } : outcome;
  }

  /** "unknown": the computer is not enrolled with that key. */
  async rotate(device: string, publicKey: string, nextKey: string): Promise<"rotated" | "unknown"> {
    const answer = this.#redis.decisions.deviceRotate(this.#keys.devices, folded(device), publicKey, nextKey);
    return (await asked(answer)) as "rotated";
  }

  /** @returns whether there was anything to forget */
  async remove(device: string): Promise<boolean> {
    const { devices, deviceChanges, deviceChannel, revokedDevices } = this.#keys;
    const token = this.#keys.enrolmentToken(folded(device));
    const args = [folded(device), deviceChannel, REVOKED_KEPT_MS, MOST_REVOKED];
    const answer = this.#redis.decisions.deviceRemove(token, devices, deviceChanges, revokedDevices, ...args);
    return Number(await asked(answer)) > 0;
  }

  /** @returns the computer's registration, and what it calls the daemons */
  async find(device: string): Promise<(Registration & { audience: string }) | undefined> {
    const [found, audience] = await asked(this.#redis.reads.hmget(this.#keys.devices, folded(device), ""));
    return found && audience ? { ...registrationOf(found), audience } : undefined;
  }

  /** @param day the last on which it came in by that enrolment */
  async seen(device: string, enrolment: string, day: string): Promise<void> {
    await asked(this.#redis.decisions.deviceSeen(this.#keys.devices, folded(device), enrolment, day));
  }

  /** Computers that are enrolled, in no order, and after the last of them those whose key was taken away, newest first. */
  async page(cursor = "0"): Promise<{ items: Registration[]; next?: string }> {
    const { devices, revokedDevices } = this.#keys;
    const [next, fields] = await asked(this.#redis.reads.hscan(devices, cursor, "COUNT", PAGE));
    // Under no name stands no computer.
    const items = fields.flatMap((text, i) => (i % 2 === 1 && fields[i - 1] !== "" ? [registrationOf(text)] : []));
    if (next !== "0") return { items, next };
    const sinceMs = Date.now() - REVOKED_KEPT_MS;
    const revoked = await asked(this.#redis.reads.zrevrangebyscore(revokedDevices, "+inf", sinceMs));
    return { items: [...items, ...revoked.map(registrationOf)] };
  }

  /** Which enrolment of each it is now, in the order asked; undefined: not enrolled. */
  async enrolments(devices: readonly string[]): Promise<(string | undefined)[]> {
    if (devices.length === 0) return [];
    const found = await asked(this.#redis.reads.hmget(this.#keys.devices, ...devices.map(folded)));
    return found.map((text) => (text ? registrationOf(text).enrolment : undefined));
  }

  /** Grows whenever an enrolment ends. */
  async changes(): Promise<number> {
    return Number((await asked(this.#redis.reads.get(this.#keys.deviceChanges))) ?? 0);
  }

  /** Told at once, as long as Redis can tell; who must know looks at `changes` as well. */
  onChange(listener: () => void): void {
    const { news } = this.#redis;
    news.on("message", (channel: string) => channel === this.#keys.deviceChannel && listener());
    void news.subscribe(this.#keys.deviceChannel).catch(() => {});
  }
}

const registrationOf = (text: string) => Registration.parse(JSON.parse(text));
