import { admitted, agreed, type Judges, type Refused } from "./admission.ts";
import { type BorrowedForLaunch, borrowedSeat } from "./borrowed-seat.ts";
import { Consent } from "./consent.ts";
import { clock } from "./denial.ts";
import { type Checkout, KeepAlive, type Start, type Surroundings } from "./keep-alive.ts";
import type { Kept } from "./kept.ts";
import type { ProductPolicy } from "./known-policy.ts";

/** Those whom a launch has to do with. */
export interface Parties extends Pick<Judges, "route" | "person" | "interrupted"> {
  kept: Pick<Kept, "product" | "tickets" | "keys" | "moments" | "journal"> & { policy: ProductPolicy };
}

/** What differs by who has started the program. */
export type Program = Omit<Surroundings, "tell" | "called" | "journal" | "onReclaimed">;

/** A program that may start, and what holds its seat for as long as it runs. */
export interface Launched {
  /** As it was agreed to. */
  readonly checkout: Checkout;
  /** With a seat that this computer has taken along. */
  readonly borrowed: boolean;
  start(program: Program): void;
  end(why?: "program_exited" | "program_crashed"): Promise<void>;
  /** Somebody else holds its seat from now on. */
  leave(): void;
}

/** So long before a borrowed seat ends, each launch says so. */
const ENDS_SOON_MS = 86_400_000;
const LOOK_AT_CLOCK_EVERY_MS = 60_000;

/**
 * A launch, from its question to its program's end, whoever asks: the command for itself, or the agent for many. Its
 * person has been told, or knows, why it may not start.
 *
 * Errors: SeatmeterError where a daemon answered that it will not talk to us.
 */
export async function launched(
  checkout: Checkout,
  { kept, route, person, interrupted }: Parties,
): Promise<Launched | Refused> {
  const consent = new Consent(kept.policy, checkout.product, person);
  const borrowed = await borrowedSeat(kept, checkout.seats ?? 1);
  if (!borrowed.covered && borrowed.trouble) person.tell(borrowed.trouble);
  const judges = { route, policy: kept.policy, consent, person, interrupted };
  const seat = await (borrowed.covered ? agreed(checkout, judges) : admitted(checkout, judges));
  if ("exit" in seat) return seat;
  if (borrowed.covered && borrowed.untilMs - Date.now() < ENDS_SOON_MS) {
    const renews = `"seatmeter borrow ${checkout.product} --until DATE" renews it`;
    person.tell(`the borrowed seat ends at ${clock(borrowed.untilMs)}; ${renews}.`);
  }
  return holding(seat, borrowed, { kept, route, person });
}

/** How a program ran before whoever asks now knew of it. */
interface Ran {
  /** When a daemon last knew of its use; where none ever did, when it began. */
  heardAtMs: number;
  /** It was started with a seat that this computer has taken along, and needs no other while that is good. */
  borrowed?: boolean;
  /** Its person knows that it runs on without a seat. */
  told?: boolean;
  /** It is said at once, and not at any moment of the next seconds. */
  atOnce?: boolean;
}

/** A program that runs already, whoever has started it: nobody decides on it any more, and it is made known. */
export async function runningOn(
  checkout: Checkout,
  { borrowed = false, ...ran }: Ran,
  parties: Omit<Parties, "interrupted">,
): Promise<Launched> {
  const seat = borrowed ? await borrowedSeat(parties.kept, checkout.seats ?? 1) : ({ covered: false } as const);
  return holding(seat.covered ? { checkout } : { checkout, ...ran }, seat, parties);
}

function holding(
  seat: Start,
  borrowed: BorrowedForLaunch,
  { kept, route, person: { tell } }: Omit<Parties, "interrupted">,
): Launched {
  const over = new AbortController();
  let keepAlive: KeepAlive | undefined;
  return {
    checkout: seat.checkout,
    borrowed: borrowed.covered,
    start(program) {
      const one = new KeepAlive(route, seat, {
        ...{ ...program, tell, journal: kept.journal },
        called: () => kept.policy.calledName(seat.checkout.product),
        onReclaimed: () => kept.policy.onReclaimed(),
      });
      keepAlive = one;
      if (borrowed.covered) at(borrowed.untilMs, over.signal, () => one.start());
      else one.start();
    },
    async end(why) {
      over.abort();
      await keepAlive?.end(why);
    },
    leave() {
      over.abort();
      keepAlive?.leave();
    },
  };
}

/** A borrowed seat ends on its day; a program that runs on then asks for a seat of its own. */
function at(untilMs: number, over: AbortSignal, then: () => void): void {
  if (over.aborted) return;
  const leftMs = untilMs - Date.now();
  if (leftMs <= 0) then();
  // The clock goes on while a computer sleeps, and a timer does not.
  else setTimeout(() => at(untilMs, over, then), Math.min(leftMs, LOOK_AT_CLOCK_EVERY_MS)).unref();
}
