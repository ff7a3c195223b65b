import { addDays, type IsoDate, wallTime } from "../domain/calendar.ts";
import { isMailAddress } from "../domain/mail-address.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { dayInWords } from "../domain/sentences.ts";
import type { Computer, Finding, Judged, Retired } from "./compliance.ts";
import { families } from "./families.ts";
import { DAY_MS, type Figures, sum } from "./products.ts";
import { outsideWindow } from "./versions.ts";

/** What findings are made from. */
export interface Found {
  register: Register;
  nowMs: number;
  today: IsoDate;
  figures: readonly Figures[];
  judged: readonly Judged[];
  computers: readonly Computer[];
  retired: readonly Retired[];
  /** By pseudonym, when a retired computer last wanted to launch something. */
  refused: ReadonlyMap<string, number>;
}

/** Publishers that are told of one by one. */
const MOST_PUBLISHERS = 500;
const TITLES_NAMED = 3;
/** A computer that is retired for ever, since whenever, is there still when it was heard of in this time. */
const HEARD_DAYS = 8;

/** Installed on some computer, and nothing is in force that was bought for it. */
export function unlicensed({ register, today, figures }: Found): Finding[] {
  return figures.flatMap(({ told, installed }) => {
    if (told.owned > 0 || told.computers === 0) return [];
    const entitlements = told.pools.flatMap((pool) => register.pools[pool]?.entitlements ?? []);
    const ended = entitlements.flatMap(({ ends }) => (ends !== undefined && ends < today ? [ends] : [])).sort();
    const last = ended.at(-1);
    const since = later(firstDay(register, installed), last && addDays(last, 1));
    const why = last ? `its last licence ended on ${dayInWords(last)}` : "no licence of it is in the register";
    return [about(told, "unlicensed", told.computers, since, `Installed on ${counted(told.computers)}; ${why}.`)];
  });
}

/** Where seats are people's or computers' own, each computer that has it needs one, whoever sits there. */
export function overInstalled({ register, nowMs, figures }: Found): Finding[] {
  const byProduct = new Map(figures.map((one) => [one.told.product, one]));
  return families(register.products).flatMap((names) => {
    const products = names.map((name) => byProduct.get(name)!);
    const pools = [...new Set(products.flatMap(({ told }) => told.pools))];
    const isAssigned = pools.every((pool) => ["device", "named-user"].includes(register.pools[pool]?.metric ?? ""));
    const owned = sum(pools.map((pool) => indexOf(register).stepAt(pool, nowMs).seats));
    const installed: Figures["installed"] = new Map();
    for (const [device, one] of products.flatMap((product) => [...product.installed])) {
      const known = installed.get(device);
      if (!known || one.sinceMs < known.sinceMs) installed.set(device, one);
    }
    if (!isAssigned || owned === 0 || installed.size <= owned) return [];
    const told = products[0]!.told;
    const title = products.map(({ told: { name } }) => name).join(", ");
    const since = firstDay(register, installed, owned);
    const says = `Installed on ${counted(installed.size)}; licences for ${owned.toLocaleString("en-GB")} are in force.`;
    return [{ ...about(told, "over_installed", installed.size - owned, since, says), about: title }];
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
export function retiredDevices({ register, nowMs, computers, retired, refused }: Found): Finding[] {
  return retired.flatMap(({ name, from, devices }) => {
    const names = new Set(devices);
    const heardMs = Math.max(
      ...computers.filter(({ device }) => names.has(device)).map(({ toldMs }) => toldMs),
      ...devices.map((device) => refused.get(device) ?? 0),
      0,
    );
    const heard = dayOf(heardMs, register);
    const isAlive = from === true ? heardMs > nowMs - HEARD_DAYS * DAY_MS : heardMs > 0 && heard > from;
    if (!isAlive) return [];
    const since = from === true ? null : from;
    const says = `Retired${since ? ` on ${dayInWords(since)}` : ""}, and heard of on ${dayInWords(heard)}.`;
    return [{ kind: "retired_device", about: name, product: null, says, count: 1, owner: askOf(register), since }];
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

/** The day on which it was on so many computers, and one more. */
function firstDay(register: Register, installed: Figures["installed"], after = 0): IsoDate {
  const moments = [...installed.values()].map(({ sinceMs }) => sinceMs).sort((one, other) => one - other);
  return dayOf(moments[after] ?? moments[0] ?? 0, register);
}

const later = (one: IsoDate, other: IsoDate | undefined): IsoDate => (other !== undefined && other > one ? other : one);
