import type { Refused } from "../admission.ts";
import type { Checkout } from "../keep-alive.ts";
import { runningOn } from "../launched.ts";
import { newLeaseId } from "../lease-id.ts";
import type { Person } from "../person.ts";
import type { SeenProgram } from "../programs/seen-program.ts";
import type { Desktop } from "./desktop.ts";
import type { KeptOfDevice } from "./kept-of-device.ts";
import type { Held, Programs } from "./programs.ts";
import type { RunningFile } from "./running-file.ts";

type Why = "program_exited" | "program_crashed";

/** What was seen of one program and the others that belong to it, for as long as any of them runs. */
interface Sight {
  pids: Set<number>;
  held?: Held;
  why?: Why;
}

const NEVER = new Promise<number>(() => {});
/** How a launch ends for which there is no seat, and for which nobody can be asked. */
const NO_SEAT = 75;
const AWAY = 69;

/**
 * Programs that people start without asking us. They run already when they are seen: so whoever gets no seat is told, and
 * the program is asked to close where the register says so. Where it runs on, that is made known.
 */
export class Watched {
  readonly #programs: Programs;
  readonly #kept: KeptOfDevice;
  readonly #desktop: Pick<Desktop, "tell" | "askToClose">;
  readonly #running: RunningFile;
  readonly #log: (sentence: string) => void;
  readonly #sinceMs: number;
  readonly #sights = new Set<Sight>();
  readonly #settled = Promise.withResolvers<void>();

  /** @param sinceMs what was started before ran when nobody could see it */
  constructor(parts: {
    programs: Programs;
    kept: KeptOfDevice;
    desktop: Pick<Desktop, "tell" | "askToClose">;
    running: RunningFile;
    log: (sentence: string) => void;
    sinceMs: number;
  }) {
    this.#programs = parts.programs;
    this.#kept = parts.kept;
    this.#desktop = parts.desktop;
    this.#running = parts.running;
    this.#log = parts.log;
    this.#sinceMs = parts.sinceMs;
  }

  /** All programs were looked at, and all commands have come back, that are still there of those an earlier agent knew. */
  settled(): void {
    this.#settled.resolve();
  }

  started(program: SeenProgram): void {
    const product = this.#kept.productOf(program.executable);
    if (product === undefined) return;
    const family = [program.pid, ...program.ancestors];
    // A program that was started by `seatmeter run` has a seat, and so has what it starts itself.
    if (this.#programs.holding(product, program.user, family)?.by === "run") return;
    const parent = this.#sights
      .values()
      .find(({ pids, held }) => held?.product === product && family.some((pid) => pids.has(pid)));
    if (parent) return void parent.pids.add(program.pid);
    const sight: Sight = { pids: new Set([program.pid]) };
    this.#sights.add(sight);
    this.#meter(program, product, sight).catch((error) => this.#log(`a fault of ours: ${error?.stack ?? error}`));
  }

  ended(program: SeenProgram, why: Why): void {
    const sight = this.#sights.values().find(({ pids }) => pids.has(program.pid));
    sight?.pids.delete(program.pid);
    if (!sight || sight.pids.size > 0) return;
    this.#sights.delete(sight);
    sight.why = why;
    if (sight.held) void this.#programs.end(sight.held, why);
  }

  async #meter(program: SeenProgram, product: string, sight: Sight): Promise<void> {
    const held = await this.#seated(program, product);
    if (!held) return;
    sight.held = held;
    // It has ended while it was asked for.
    if (sight.why) void this.#programs.end(held, sight.why);
    else this.#programs.isStarted(held, program.pid, program.startedAtMs);
  }

  async #seated(program: SeenProgram, product: string): Promise<Held | undefined> {
    const { user, version, pid, startedAtMs } = program;
    const before = this.#running.of(program);
    if (before?.byCommand) {
      await this.#settled.promise;
      if (this.#programs.has(before.checkout.leaseId)) return undefined;
    }
    const checkout: Checkout = {
      ...{ type: "checkout", leaseId: newLeaseId(), product, user, ...(version && { version: version.slice(0, 64) }) },
      ...before?.checkout,
      program: { name: program.executable, pid },
    };
    const called = this.#kept.for(product).policy.calledName(product);
    const said = new Said(called, (text) => void this.#desktop.tell({ user, title: called, text, pid }));
    const parties = this.#programs.parties(product, said);
    const how = { pid, by: "itself", close: () => void this.#desktop.askToClose(program) } as const;
    if (before || startedAtMs < this.#sinceMs) {
      const heardAtMs = (before && this.#kept.journal.since(checkout.leaseId)) ?? (before ? Date.now() : startedAtMs);
      said.atOnce();
      const ran = { heardAtMs, ...(before?.borrowed && { borrowed: true }), atOnce: true };
      return this.#programs.hold(await runningOn(checkout, ran, parties), how);
    }
    const answer = await this.#programs
      .admit(checkout, { ...parties, interrupted: NEVER }, how)
      .catch((error: Error) => {
        said.tell(error.message);
        return { exit: AWAY };
      });
    if (!("exit" in answer)) {
      said.atOnce();
      return answer;
    }
    return this.#refused(answer, program, checkout, said);
  }

  /** @returns what is held of it all the same: a program that runs without a seat uses what others have bought */
  async #refused({ exit }: Refused, program: SeenProgram, checkout: Checkout, said: Said): Promise<Held | undefined> {
    const { product } = checkout;
    const { policy } = this.#kept.for(product);
    const called = policy.calledName(product);
    const closes = policy.onDenied() === "close";
    const runsOn = exit === NO_SEAT || exit === AWAY ? ", which is reported" : "";
    said.tell(closes ? `${called} is asked to close: save your work.` : `${called} runs on${runsOn}.`);
    said.atOnce();
    if (closes) await this.#desktop.askToClose(program);
    // Nobody learns more by asking again for what is not allowed.
    if (exit !== NO_SEAT && exit !== AWAY) return undefined;
    const parties = this.#programs.parties(product, said);
    const launch = await runningOn(checkout, { heardAtMs: Date.now(), told: true, atOnce: true }, parties);
    return this.#programs.hold(launch, {
      pid: program.pid,
      by: "itself",
      close: () => void this.#desktop.askToClose(program),
    });
  }
}

/** What is told to the person of a program: until it is decided all of it gathers, for one window is enough. */
class Said implements Person {
  readonly #called: string;
  readonly #show: (text: string) => void;
  #gathered: string[] | undefined = [];

  constructor(called: string, show: (text: string) => void) {
    this.#called = called;
    this.#show = show;
  }

  readonly tell = (sentence: string) => {
    // A name is written as it is, at the beginning of a sentence too.
    const text = sentence.startsWith(this.#called) ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
    if (this.#gathered) this.#gathered.push(text);
    else this.#show(text);
  };

  /** Show what there is, and from now on each sentence as it comes. */
  atOnce(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered && gathered.length > 0) this.#show(gathered.join("\n"));
  }

  canAnswer = () => false;
  ask = async () => false;
  queue = () => ({ show: () => {}, end: () => {} });
}
