import type { FastifyBaseLogger } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import { folded } from "../domain/names.ts";
import type { InForce, Register } from "../domain/register.ts";
import { CLOSE } from "../protocol/close-codes.ts";
import type { Hello, Inventory, Journal, Message } from "../protocol/messages.ts";
import type { Enrolled } from "./enrolled.ts";
import { forged } from "./incidents.ts";
import { type Inventories, noInventories } from "./inventories.ts";
import type { Asker, Launches } from "./launches.ts";
import { type LoopDelay, Pressure } from "./pressure.ts";
import type { Pace, ShimConnection, Surroundings } from "./shim-connection.ts";
import { Waiting } from "./waiting.ts";
import { policyOfAll, welcome } from "./welcome.ts";

/** How patient the daemon is; tests have less patience. Everything in milliseconds. */
export const PATIENCE = {
  helloWithinMs: 10_000,
  pingHolderEveryMs: 20_000,
  pingOtherEveryMs: 120_000,
  inspectEveryMs: 1000,
  /** For answers under way when the daemon drains, and then for the other side's closing frame. */
  drainWithinMs: 2000,
  /** Where the event loop stood still for longer, nobody new comes in for as long as that lasts. */
  overloadedAboveMs: 1000,
  /** Where it did so for less, twice in a row, there are no reports. */
  busyAboveMs: 400,
};
export type Patience = typeof PATIENCE;

const ENROLMENT_ENDED = "this computer is not enrolled any more, or was enrolled anew";
/** What all agents are told is told to so many of them at each look: it may be long, and they may be many. */
const AGENTS_TOLD_AT_ONCE = 200;

/** All shims that are connected, under one timer. */
export class ShimConnections implements Surroundings {
  readonly launches: Launches;
  readonly waiting: Waiting;
  readonly log: FastifyBaseLogger;
  readonly pace: Pace;
  readonly #enrolled: Enrolled;
  readonly #ticketKeys: () => readonly string[];
  readonly #inForce: () => InForce;
  readonly #daemonVersion: string;
  readonly #patience: Patience;
  readonly #report: ReportIncident;
  readonly #inventories: Inventories | undefined;
  readonly #all = new Set<ShimConnection>();
  /** Connections of each device, by its folded name. */
  readonly #ofDevice = new Map<string, number>();
  #toFlush: ShimConnection[] = [];
  readonly #inspection: NodeJS.Timeout;
  readonly pressure: Pressure;
  #draining = false;
  #policy: Message<"policy"> | undefined;
  #policyOf: Register | undefined;
  /** Resolved when the last connection is gone. */
  #empty: (() => void) | undefined;

  constructor(parts: {
    launches: Launches;
    enrolled: Enrolled;
    ticketKeys: () => readonly string[];
    log: FastifyBaseLogger;
    inForce: () => InForce;
    daemonVersion: string;
    patience: Patience;
    report: ReportIncident;
    /** Instead of the event loop's own. */
    delay?: LoopDelay;
    /** None where no history is kept. */
    inventories: Inventories | undefined;
  }) {
    this.launches = parts.launches;
    this.waiting = new Waiting(parts.launches);
    this.#enrolled = parts.enrolled;
    this.#ticketKeys = parts.ticketKeys;
    this.log = parts.log;
    this.#inForce = parts.inForce;
    this.#daemonVersion = parts.daemonVersion;
    this.#patience = parts.patience;
    this.#report = parts.report;
    this.#inventories = parts.inventories;
    this.pace = parts.patience;
    this.#inspection = setInterval(() => this.#inspect(), parts.patience.inspectEveryMs).unref();
    this.pressure = new Pressure(parts.patience, parts.delay);
    this.#enrolled.watch(this.#all, (ended) => {
      for (const connection of ended) connection.close(CLOSE.refused, ENROLMENT_ENDED);
    });
  }

  get size() {
    return this.#all.size;
  }

  get draining() {
    return this.#draining;
  }

  get overloaded() {
    return this.pressure.overloaded;
  }

  add(connection: ShimConnection) {
    // Who has a token is known before the hello.
    if (connection.device) this.count(connection.device);
    this.#all.add(connection);
  }

  remove(connection: ShimConnection) {
    this.#all.delete(connection);
    if (connection.device) this.#discount(connection.device);
    if (this.#all.size === 0) this.#empty?.();
  }

  /**
   * Say on the connections of a lease's device what was not asked for. Which of them has the lease is not remembered, and
   * a shim passes over what is not about its own.
   */
  tellHolder(message: Message<"reclaiming">) {
    const device = this.launches.deviceOf(message.leaseId);
    if (device === undefined || !this.#ofDevice.has(device)) return;
    for (const connection of this.#all) if (folded(connection.device) === device) connection.tell(message);
  }

  /** @throws too_many_connections */
  checkRoom(device: string) {
    const connections = this.#ofDevice.get(folded(device)) ?? 0;
    const most = this.#inForce().register.limits.connectionsPerDevice;
    if (connections < most) return;
    const message = `${device} has ${connections} connections already; limits.connectionsPerDevice is ${most}`;
    throw new SeatmeterError("too_many_connections", message);
  }

  count(device: string) {
    this.checkRoom(device);
    const key = folded(device);
    this.#ofDevice.set(key, (this.#ofDevice.get(key) ?? 0) + 1);
  }

  impostor(address: string) {
    this.#report(forged(address, this.#inForce().register));
  }

  prove(hello: Hello, challenge: string, address: string) {
    return this.#enrolled.prove(hello, challenge, address);
  }

  proveJournal(device: string, address: string, journal: Journal) {
    return this.#enrolled.proveJournal(device, address, journal);
  }

  welcome(asker: Asker) {
    const site = this.launches.siteOf(asker.address);
    const keeps = this.#inventories !== undefined;
    return welcome(this.#inForce().register, this.#daemonVersion, site, this.#ticketKeys(), keeps);
  }

  async inventory(asker: Asker, told: Inventory) {
    if (!this.#inventories) throw noInventories();
    return await this.#inventories.take(asker, told);
  }

  /** The same object for as long as it says the same. */
  policy() {
    const { register } = this.#inForce();
    if (register !== this.#policyOf || !this.#policy) {
      this.#policyOf = register;
      const policy = policyOfAll(register);
      if (JSON.stringify(policy) !== JSON.stringify(this.#policy)) this.#policy = policy;
    }
    return this.#policy as Message<"policy">;
  }

  flushSoon(connection: ShimConnection) {
    // After the reading of this turn of the event loop, so that all it has answered goes out in one write a connection.
    if (this.#toFlush.push(connection) === 1) setImmediate(() => this.#flush());
  }

  /**
   * Take no more from anybody, answer what was taken, and close. In at most twice `drainWithinMs` there is no
   * connection left.
   */
  async drain() {
    this.#draining = true;
    clearInterval(this.#inspection);
    this.#enrolled.stop();
    this.pressure.stop();
    for (const connection of this.#all) connection.pause();
    await this.#answered(performance.now() + this.#patience.drainWithinMs);
    for (const connection of this.#all) connection.close(CLOSE.draining, "the daemon stops; connect again");
    await this.#closed();
  }

  async #answered(untilMs: number) {
    while (performance.now() < untilMs && [...this.#all].some(({ unanswered }) => unanswered > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #closed() {
    if (this.#all.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
    const cut = setTimeout(() => {
      for (const connection of this.#all) connection.terminate();
    }, this.#patience.drainWithinMs);
    await empty;
    clearTimeout(cut);
  }

  #inspect() {
    this.pressure.look();
    const nowMs = performance.now();
    const policy = this.policy();
    let left = AGENTS_TOLD_AT_ONCE;
    for (const connection of this.#all) {
      connection.inspect(nowMs);
      if (left > 0 && connection.tellAgent(policy)) left -= 1;
    }
    if (this.waiting.size > 0) void this.waiting.look();
  }

  #discount(device: string) {
    const key = folded(device);
    const left = (this.#ofDevice.get(key) ?? 0) - 1;
    if (left > 0) this.#ofDevice.set(key, left);
    else this.#ofDevice.delete(key);
  }

  #flush() {
    const connections = this.#toFlush;
    this.#toFlush = [];
    for (const connection of connections) connection.flush();
  }
}
