import { durationAsText } from "../daemon/domain/duration.ts";
import type { Message } from "../daemon/protocol/messages.ts";
import type { Consent } from "./consent.ts";
import { denialExit, denialSentence, holderLines, plain } from "./denial.ts";
import { giveBack } from "./give-back.ts";
import type { Checkout, Start } from "./keep-alive.ts";
import type { ProductPolicy } from "./known-policy.ts";
import { type Launch, launch } from "./launch.ts";
import type { Person } from "./person.ts";
import type { Way } from "./route.ts";

/** What a launch is judged by. */
export interface Judges {
  route: Way;
  policy: ProductPolicy;
  person: Person;
  consent: Consent;
  /** Settles with an exit code when the person does not want to wait any more. */
  interrupted: Promise<number>;
}

/** The program does not start, for a reason that the person has been told, or knows. */
export interface Refused {
  exit: number;
}

/**
 * Ask for a seat, and tell the person what they must know before the program starts.
 *
 * Errors: as launch.
 */
export async function admitted(checkout: Checkout, judges: Judges): Promise<Start | Refused> {
  const answer = await launch(judges.route, checkout, judges.person, judges.interrupted);
  switch (answer.outcome) {
    case "granted":
      tellOfGrant(answer.granted, judges.policy.calledName(checkout.product), judges.person);
      judges.consent.show();
      return { checkout, ...answer };
    case "denied":
      return denied(answer.denied, checkout, judges);
    case "waited":
      judges.person.tell(
        `no seat of ${judges.policy.calledName(checkout.product)} came free within ${durationAsText(checkout.waitMs ?? 0)}.`,
      );
      return { exit: 75 };
    case "interrupted":
      return answer;
    case "undecided":
      return undecided(answer, checkout, judges);
  }
}

/** A launch that nobody has to be asked for: only its person, perhaps. */
export async function agreed(checkout: Checkout, { consent, interrupted }: Judges): Promise<Start | Refused> {
  if (!consent.needed || checkout.attested) {
    consent.show();
    return { checkout };
  }
  const yes = await consent.asked(interrupted);
  if (yes === true) return { checkout: { ...checkout, attested: true } };
  return { exit: yes === false ? 77 : yes };
}

function tellOfGrant({ flags = [], notice }: Message<"granted">, product: string, { tell }: Person): void {
  if (notice) tell(plain(notice));
  if (!flags.includes("break_glass")) return;
  tell(`${product} starts without a free seat: that and your reason are recorded, and its owner is told.`);
}

async function denied(answer: Message<"denied">, checkout: Checkout, judges: Judges): Promise<Start | Refused> {
  const { tell } = judges.person;
  tell(denialSentence(answer));
  if (answer.reason === "use_not_attested" && !checkout.attested) {
    const yes = await judges.consent.asked(judges.interrupted);
    // Over a new connection: people read for longer than some networks leave one open.
    if (yes === true) return admitted({ ...checkout, attested: true }, judges);
    if (yes !== false) return { exit: yes };
  }
  for (const line of holderLines(answer)) tell(line);
  return { exit: denialExit(answer.reason) };
}

async function undecided(
  { connection, why, code }: Extract<Launch, { outcome: "undecided" }>,
  checkout: Checkout,
  judges: Judges,
): Promise<Start | Refused> {
  const product = judges.policy.calledName(checkout.product);
  const { tell } = judges.person;
  const away = `the licence service cannot be asked (${plain(why).replace(/\.$/, "")})`;
  let start: Start | Refused = { exit: 69 };
  if (judges.policy.whenUnreachable() === "refuse") tell(`${product} may not be used while ${away}. Try again later.`);
  else {
    tell(`${away}; ${product} starts without a seat and takes one when it can.`);
    start = await agreed(checkout, judges);
  }
  if ("exit" in start) {
    if (connection) await giveBack(connection, checkout.leaseId);
    return start;
  }
  return { ...start, undecided: code, ...(connection && { connection }) };
}
