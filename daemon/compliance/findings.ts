import { addDays, type IsoDate, wallTime } from "../domain/calendar.ts";
import { isMailAddress } from "../domain/mail-address.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { dayInWords } from "../domain/sentences.ts";
import type { Finding, Judged } from "./compliance.ts";
import { families } from "./families.ts";
import { type Figures, sum } from "./products.ts";
import { aliveThough, type RetiredParts } from "./retired.ts";
import { outsideWindow } from "./versions.ts";

/** What findings are made from. */
export interface Found extends RetiredParts {
  register: Register;
  today: IsoDate;
  figures: readonly Figures[];
  judged: readonly Judged[];
}

/** Publishers that are told of one by one. */
const MOST_PUBLISHERS = 500;
const TITLES_NAMED = 3;

/** Installed on some computer, and nothing is in force that was bought for it. */
export function unlicensed({ register, today, figures }: Found): Finding[] {
  return figures.flatMap(({ told, installed }) => {
    if (told.owned > 0 || told.computers === 0) return [];
    const entitlements = told.pools.flatMap((pool) => register.pools[pool]?.entitlements ?? []);
    const ended = entitlements.flatMap(({ ends }) => (ends !== undefined && ends < today ? [ends] : [])).sort();
    const last = ended.at(-1);
    const next = entitlements.flatMap(({ starts }) => (starts > today ? [starts] : [])).sort()[0];
    const since = later(firstDay(register, installed), last && addDays(last, 1));
    const known = [
      ...(last ? [`its last licence ended on ${dayInWords(last)}`] : []),
      ...(next ? [`its ${last ? "next" : "first"} licence begins on ${dayInWords(next)}`] : []),
    ];
    const why = known.join(", and ") || "no licence of it is in the register";
    return [about(told, "unlicensed", told.computers, since, `Installed on ${counted(told.computers)}; ${why}.`)];
  });
}

/**
 * Where seats are people's or computers' own, each computer that has it needs one, whoever sits there; or as many as a
 * launch of it takes.
 */
export function overInstalled({ register, nowMs, figures }: Found): Finding[] {
  const byProduct = new Map(figures.map((one) => [one.told.product, one]));
  return families(register.products).flatMap((names) => {
    const products = names.map((name) => byProduct.get(name)!);
    const pools = [...new Set(products.flatMap(({ told }) => told.pools))];
    const isAssigned = pools.every((pool) => ["device", "named-user"].includes(register.pools[pool]?.metric ?? ""));
    const owned = sum(pools.map((pool) => indexOf(register).stepAt(pool, nowMs).seats));
    if (!isAssigned || owned === 0) return [];
    const needs = new Map<string, { sinceMs: number; seats: number }>();
    for (const { told, installed } of products) {
      const { weights } = register.products[told.product]!;
      const seats = Math.min(...told.pools.map((pool) => weights[pool] ?? 1));
      for (const [device, { sinceMs }] of installed) {
        const known = needs.get(device) ?? { sinceMs, seats };
        needs.set(device, { sinceMs: Math.min(sinceMs, known.sinceMs), seats: Math.max(seats, known.seats) });
      }
    }
    const inTurn = [...needs.values()].sort((one, other) => one.sinceMs - other.sinceMs);
    let taken = 0;
    const licensed = inTurn.findIndex(({ seats }) => {
      taken += seats;
      return taken > owned;
    });
    if (licensed < 0) return [];
    const title = products.map(({ told: { name } }) => name).join(", ");
    const since = dayOf(inTurn[licensed]!.sinceMs, register);
    const says = `Installed on ${counted(needs.size)}; licences for ${licensed.toLocaleString("en-GB")} are in force.`;
    return [{ ...about(products[0]!.told, "over_installed", needs.size - licensed, since, says), about: title }];
  });
}

/** Versions outside the window, with those whose exception is over. */
export function retiredVersions({ register, today, figures }: Found): Finding[] {
  return figures.flatMap(({ told, installed }) => {
    const window = register.products[told.product]?.versions;
    if (!window) return [];
    const old = new Map<string, { devices: Set<string>; sinceMs: number; over: IsoDate | "" }>();
    for (const [device, { titles }] of installed) {
      for (const title of titles) {
        const over = outsideWindow(window, title, today);
        if (over === undefined) continue;
        const known = old.get(title.version) ?? { devices: new Set(), sinceMs: title.sinceMs, over };
        known.devices.add(device);
        known.sinceMs = Math.min(known.sinceMs, title.sinceMs);
        old.set(title.version, known);
      }
    }
    return [...old].map(([version, { devices, sinceMs, over }]) => {
      const why = over === "" ? `${allowed(window)} may be used` : `its exception ended on ${dayInWords(over)}`;
      const since = later(dayOf(sinceMs, register), over === "" ? undefined : addDays(over, 1));
      return about(told, "retired_version", devices.size, since, `${version} on ${counted(devices.size)}; ${why}.`);
    });
  });

  function allowed({ current, previous }: { current: string; previous?: string }) {
    return previous === undefined ? `only ${current}` : `only ${current} and ${previous}`;
  }
}

export function neverUsed({ register, figures }: Found): Finding[] {
  return figures.flatMap(({ told, unusedSinceMs }) => {
    if (unusedSinceMs.length === 0) return [];
    const since = dayOf(Math.min(...unusedSinceMs), register);
    const says = `On ${unusedSinceMs.length.toLocaleString("en-GB")} of ${counted(told.computers)} no use was metered in 90 days.`;
    return [about(told, "never_used", unusedSinceMs.length, since, says)];
  });
}

/** Retired, and yet it tells what is installed on it, or wants to launch something. */
export function retiredDevices(found: Found): Finding[] {
  return aliveThough(found).map(({ computer: { name, from }, heard }) => {
    const since = from === true ? null : from;
    const says = `Retired${since ? ` on ${dayInWords(since)}` : ""}, and heard of on ${dayInWords(heard)}.`;
    return { kind: "retired_device", about: name, product: null, says, count: 1, owner: askOf(found.register), since };
  });
}

/** Whoever is to be asked must be somebody who can be, and who is still there. */
export function ownersMissing({ register, nowMs, figures }: Found): Finding[] {
  return figures.flatMap(({ told }) => {
    const { contract } = indexOf(register).person(told.owner, nowMs);
    const isGone = contract && contract.overAtMs <= nowMs;
    if (!isGone && isMailAddress(told.owner)) return [];
    const since = isGone ? dayOf(contract.overAtMs, register) : null;
    const says = isGone
      ? `The contract of ${told.owner} is over.`
      : `${told.owner} is no address, so nobody is told of what concerns it.`;
    return [{ ...about(told, "owner_missing", 1, since, says), owner: askOf(register) }];
  });
}

/** By publisher: how many titles, and on how many computers at least. */
export function unknownSoftware({ register, judged }: Found): Finding[] {
  const unknown = Map.groupBy(
    judged.filter(({ match }) => match === undefined),
    ({ publisher }) => publisher,
  );
  const publishers = [...unknown]
    .map(([publisher, titles]) => ({
      ...{ publisher, titles: titles.toSorted((one, other) => other.computers - one.computers) },
      names: [...new Set(titles.map(({ name }) => name))].length,
    }))
    .sort((one, other) => other.titles[0]!.computers - one.titles[0]!.computers || other.names - one.names);
  const findings = publishers.slice(0, MOST_PUBLISHERS).map(({ publisher, titles, names }): Finding => {
    const first = [...new Set(titles.map(({ name }) => name))].slice(0, TITLES_NAMED);
    const more = names > first.length ? ` and ${(names - first.length).toLocaleString("en-GB")} more` : "";
    const atLeast = titles.length > 1 ? " or more" : "";
    const says = `${first.join(", ")}${more}, on ${counted(titles[0]!.computers)}${atLeast}.`;
    return {
      ...{ kind: "unknown_software", about: publisher || "No publisher", product: null, says },
      ...{ count: names, owner: askOf(register) },
      since: dayOf(Math.min(...titles.map(({ sinceMs }) => sinceMs)), register),
    };
  });
  const rest = publishers.slice(MOST_PUBLISHERS);
  if (rest.length === 0) return findings;
  const says = `${rest.length.toLocaleString("en-GB")} more publishers, on fewer computers each.`;
  const others = { about: "Other publishers", product: null, says, owner: askOf(register), since: null };
  return [...findings, { kind: "unknown_software", ...others, count: sum(rest.map(({ names }) => names)) }];
}

const about = (
  { name, product, owner }: { name: string; product: string; owner: string },
  kind: Finding["kind"],
  count: number,
  since: IsoDate | null,
  says: string,
): Finding => ({ kind, about: name, product, says, count, owner, since });

/** Whom people ask about licences at all. */
const askOf = ({ access }: Register) => access.people?.ask ?? "";

const counted = (computers: number) =>
  computers === 1 ? "one computer" : `${computers.toLocaleString("en-GB")} computers`;

const dayOf = (atMs: number, { timezone }: Register): IsoDate => wallTime(atMs, timezone).date;

const firstDay = (register: Register, installed: Figures["installed"]): IsoDate =>
  dayOf(Math.min(...[...installed.values()].map(({ sinceMs }) => sinceMs)), register);

const later = (one: IsoDate, other: IsoDate | undefined): IsoDate => (other !== undefined && other > one ? other : one);
