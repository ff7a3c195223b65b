import { encodeFacts } from "../domain/events.ts";
import { folded } from "../domain/names.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { CheckoutRequest } from "../ledger/answers.ts";
import { rebuiltHolder, rebuiltSeatKey } from "../ledger/rebuilt.ts";
import type { Pseudonyms } from "../privacy/pseudonyms.ts";
import { drawsOf } from "./asked.ts";

/** A borrowed seat as the history knows it: nobody is named. */
export interface RebuiltLaunch {
  leaseId: string;
  product: string;
  site: string;
  version: string;
  askedFirst: string;
  attemptId: string;
  attested: boolean;
  department: string;
  person: string;
  personLastYear: string;
  device: string;
  deviceLastYear: string;
  /** Pseudonym of the computer that gives it back. */
  holder: string;
  seats: number;
  recalled: boolean;
  borrowedUntilMs: number;
}

/**
 * What the ledger is asked for a borrowed seat that it lost: to count it as it counted, at its site and by the limits. Whom
 * the register names is found again among its names, so that their groups' limits and reservations hold; names stay away
 * until the computer speaks.
 */
export function rebuiltRequest(
  { register, pool, epoch, sinceMs }: { register: Register; pool: string; epoch: string; sinceMs: number },
  lost: RebuiltLaunch,
  nameOf: (kind: "user" | "device", pseudonym: string) => string | undefined,
): CheckoutRequest {
  const { leaseId, person, device, seats, site, borrowedUntilMs, holder } = lost;
  const rules = register.pools[pool];
  const user = nameOf("user", person) ?? person;
  const { groups } = indexOf(register).person(user, sinceMs);
  const launch = { user, device: nameOf("device", device) ?? device, site, groups, atMs: sinceMs };
  const from = rules?.reservations.map(({ group }) => group).filter((group) => groups.includes(group)) ?? [];
  const seatFor = rules?.seatFor ?? [];
  const isShared = seatFor.length > 0 && !seatFor.includes("session");
  const [sharedBy, sharedAt] = [seatFor.includes("user") ? person : "", seatFor.includes("device") ? device : ""];
  return {
    ...{ leaseId, holder: rebuiltHolder(holder), user: person, device, seats, site },
    seatKey: isShared ? rebuiltSeatKey(sharedBy, sharedAt, seats) : "",
    draws: drawsOf(rules, launch, { user: person, device }),
    facts: encodeFacts({
      ...{ product: lost.product, site, version: lost.version, askedFirst: lost.askedFirst },
      ...{ user: person, userLastYear: lost.personLastYear, device, deviceLastYear: lost.deviceLastYear },
      ...{ department: lost.department, attemptId: lost.attemptId },
      ...{ attested: lost.attested ? "yes" : "", breakGlassReason: "" },
    }),
    terms: {
      ...{ running: true, sinceMs, borrowUntilMs: borrowedUntilMs, rebuiltIn: epoch },
      ...(lost.recalled && { recalled: true }),
      ...(from.length > 0 && { from: [...new Set(from)] }),
    },
  };
}

/** Whom the register names, by pseudonym: nobody else has limits of their own. */
export function namesInRegister(register: Register, pseudonyms: Pick<Pseudonyms, "ofAllYears">) {
  const names = { user: new Map<string, string>(), device: new Map<string, string>() };
  const add = (kind: "user" | "device", name: string) => {
    for (const pseudonym of pseudonyms.ofAllYears(kind, name)) names[kind].set(pseudonym, folded(name));
  };
  for (const { members } of Object.values(register.groups)) for (const { user } of members) add("user", user);
  for (const { limits } of Object.values(register.pools)) {
    for (const { kind, name } of limits) if (kind === "user" || kind === "device") add(kind, name);
  }
  return (kind: "user" | "device", pseudonym: string) => names[kind].get(pseudonym);
}
