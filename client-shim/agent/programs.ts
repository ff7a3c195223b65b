import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import type { Refused } from "../admission.ts";
import type { Checkout } from "../keep-alive.ts";
import { type Launched, launched, type Parties, type Program, runningOn } from "../launched.ts";
import type { Person } from "../person.ts";
import type { Way } from "../route.ts";
import type { Desktop } from "./desktop.ts";
import type { Launch, Status } from "./frames.ts";
import type { KeptOfDevice } from "./kept-of-device.ts";
import type { RunningFile } from "./running-file.ts";

/** Who stands at the door. */
export interface Caller {
  /** As the operating system says; nothing: it does not tell, and what they say counts. */
  user?: string;
  mayLaunch: boolean;
  /** They see, and may put off, what everybody runs. */
  seesAll: boolean;
}

/** A program that the agent holds a seat for. */
export interface Held extends Launched {
  /** As the register calls it. */
  product: string;
  /** When it was started, by whichever agent. */
  sinceMs: number;
  by: "run" | "itself";
  /** Who has launched it, where that was a command. */
  launcher?: number;
  pid?: number | undefined;
}

type Why = "program_exited" | "program_crashed";

/** What a launch of the same product waits for, so that the seat that was given back is free for it. */
const GIVEN_BACK_WITHIN_MS = 1_000;
const LOOK_AT_ORPHANS_EVERY_MS = 2_000;
const POSTPONE_WITHIN_MS = 5_000;

/** All programs of this computer that have a seat, or want one, whoever has started them. */
export class Programs {
  readonly #route: Way;
  readonly #kept: KeptOfDevice;
  readonly #desktop: Pick<Desktop, "idleMs">;
  readonly #running: RunningFile;
  readonly #user: () => string;
  readonly #held = new Set<Held>();
  readonly #endings = new Set<Promise<void>>();
  /** Called when something has ended: there may be something to tell. */
  onEnd: () => void = () => {};

  constructor(parts: {
    route: Way;
    kept: KeptOfDevice;
    desktop: Pick<Desktop, "idleMs">;
    running: RunningFile;
    /** Whose programs they are that nobody has a name for. */
    user(): string;
  }) {
    this.#route = parts.route;
    this.#kept = parts.kept;
    this.#desktop = parts.desktop;
    this.#running = parts.running;
    this.#user = parts.user;
  }

  /** What a command wants to start. Errors: as launched. */
  async launch(
    {
      pid: launcher,
      product: typed,
      user,
      canAnswer: _,
      ticket,
      leaseId,
      heardAtMs,
      borrowed,
      type,
      ...options
    }: Launch & { leaseId: string },
    caller: Caller,
    { person, interrupted, close }: { person: Person; interrupted: Promise<number>; close(): void },
  ): Promise<Held | Refused> {
    const parties = { ...this.parties(typed, person, ticket), interrupted };
    const checkout: Checkout = {
      ...{ type: "checkout", leaseId, product: typed },
      ...{ user: caller.user ?? user ?? this.#user(), ...options },
    };
    const program = { close, launcher, by: "run" } as const;
    // It runs already, by an agent that is no more.
    if (heardAtMs !== undefined) {
      const sinceMs = this.#kept.journal.since(leaseId) ?? heardAtMs;
      const ran = { heardAtMs: Math.min(sinceMs, Date.now()), ...(borrowed && { borrowed }), atOnce: true };
      return this.hold(await runningOn(checkout, ran, parties), program);
    }
    return this.admit(checkout, parties, program);
  }

  parties(typed: string, person: Person, ticket?: string): Omit<Parties, "interrupted"> {
    return { kept: this.#kept.for(typed, ticket), route: this.#route, person };
  }

  /** Ask for a seat, and hold it. */
  async admit(
    checkout: Checkout,
    parties: Parties,
    program: Pick<Program, "close"> & Pick<Held, "by" | "launcher" | "pid">,
  ): Promise<Held | Refused> {
    await Promise.race([Promise.all(this.#endings), pause(GIVEN_BACK_WITHIN_MS, undefined, { ref: false })]);
    const launch = await launched(checkout, parties);
    return "exit" in launch ? launch : this.hold(launch, program);
  }

  hold(launch: Launched, { close, ...rest }: Pick<Program, "close"> & Pick<Held, "by" | "launcher" | "pid">): Held {
    const { user, product: typed } = launch.checkout;
    const { policy, product } = this.#kept.for(typed);
    const held: Held = { ...launch, ...rest, product, sinceMs: Date.now() };
    this.#held.add(held);
    launch.start({
      close,
      tellsJournal: false,
      // All together: so there is one message for them.
      untilBeatMs: (everyMs) => everyMs - (performance.now() % everyMs),
      idleMs: async () => (policy.asksForIdle() ? this.#desktop.idleMs(user) : undefined),
    });
    return held;
  }

  /** From now on the next agent knows it, should this one be gone. */
  isStarted(held: Held, pid: number | undefined, startedAtMs = Date.now()): void {
    if (pid === undefined || !this.#held.has(held)) return;
    held.pid = pid;
    const { leaseId, product, user, version, seats, attested } = held.checkout;
    // Were its lease to run out, it would be asked for again by this.
    const checkout = {
      ...{ leaseId, product, user },
      ...(version !== undefined && { version }),
      ...(seats !== undefined && { seats }),
      ...(attested && { attested }),
    };
    const how = { byCommand: held.by === "run", ...(held.borrowed && { borrowed: true }) };
    held.sinceMs = this.#running.add({ checkout, pid, startedAtMs, ...how });
  }

  /** @param why none: it never ran */
  async end(held: Held, why?: Why): Promise<void> {
    if (!this.#held.delete(held)) return;
    this.#running.remove(held.checkout.leaseId);
    const ending = held.end(why).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
    await ending;
    this.onEnd();
  }

  /** The agent stops; what runs runs on. */
  leave(): void {
    for (const held of this.#held) held.leave();
  }

  /** The command that launched it was killed; what it has started may run on. */
  orphaned(held: Held, pid: number): void {
    if (!this.#held.has(held)) return;
    if (!isAlive(pid)) return void this.end(held, "program_exited");
    setTimeout(() => this.orphaned(held, pid), LOOK_AT_ORPHANS_EVERY_MS).unref();
  }

  /** The one that a process belongs to: it is that program, or was started by it, and is of the same product. */
  holding(product: string, user: string, pids: readonly number[]): Held | undefined {
    return this.#held
      .values()
      .filter((held) => held.product === product && held.checkout.user === user)
      .find(({ pid, launcher }) => pids.some((one) => one === pid || one === launcher));
  }

  /**
   * Put off what is about to be reclaimed.
   *
   * @param leaseId none: whichever of theirs that is
   * Errors: SeatmeterError not_found, forbidden, unreachable.
   */
  async postpone(caller: Caller, leaseId: string | undefined): Promise<{ graceMs: number; postponable: boolean }> {
    const theirs = this.of(caller).filter((held) => leaseId === undefined || held.checkout.leaseId === leaseId);
    if (theirs.length === 0 && leaseId !== undefined)
      throw new SeatmeterError("not_found", "Nothing of yours runs with that lease.");
    const connection = await this.#route.reach(POSTPONE_WITHIN_MS);
    try {
      if (!connection.welcome.accepts.includes("postpone"))
        throw new SeatmeterError("forbidden", "This licence service is of a version that puts nothing off.");
      const answers = await Promise.all(
        theirs.map(({ checkout }) =>
          connection.ask({ type: "postpone", leaseId: checkout.leaseId }).catch((error: SeatmeterError) => {
            // Nobody reclaims that one.
            if (error.code === "lease_unknown") return undefined;
            throw error;
          }),
        ),
      );
      const [soonest] = answers.filter((one) => one !== undefined).sort((one, other) => one.graceMs - other.graceMs);
      if (soonest) return { graceMs: soonest.graceMs, postponable: soonest.postponable };
      throw new SeatmeterError("not_found", "Nothing of yours is about to be reclaimed.");
    } finally {
      connection.close();
    }
  }

  has(leaseId: string): boolean {
    return this.#held.values().some(({ checkout }) => checkout.leaseId === leaseId);
  }

  of({ user, seesAll }: Caller): Held[] {
    return [...this.#held].filter(({ checkout }) => seesAll || checkout.user === user);
  }

  status(caller: Caller): Status["running"] {
    return this.of(caller).map(({ product, checkout, pid, sinceMs, by }) => ({
      ...{ product, user: checkout.user, leaseId: checkout.leaseId, pid: pid ?? null, sinceMs, by },
    }));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended, and that nobody has asked how, has its number still.
    if (process.platform === "linux") return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
