import { addDays, startOfDayMs, wallTime } from "./calendar.ts";
import type { DenialReason } from "./denials.ts";
import { folded } from "./names.ts";
import type { Pool, Register, Rule, VersionWindow } from "./register.ts";
import { indexOf } from "./register-index.ts";
import { networkContains } from "./site.ts";

/** Who would launch what, where. Names are compared without regard to case. */
export interface Launch {
  user: string;
  device: string;
  /** Name of the site in the register, or ELSEWHERE. */
  site: string;
  /** Where the launch comes from; none: rules about networks do not match it. */
  address?: string;
  version?: string;
  /** The seat would be taken along until then. */
  borrowUntilMs?: number;
  /** The groups that the user is a member of. */
  groups: readonly string[];
  atMs: number;
  /** The person said yes to what the product may be used for. */
  attested?: boolean;
}

/**
 * What is looked at, by the names that it has in the register. The order is fixed, and the first that speaks against a
 * launch is the one that is told: what nobody at the screen can change (the computer, the contract) before what another
 * version or place would change, and last what a yes would.
 */
export const CHECKED = [
  "devices",
  "contract",
  "versions",
  "deny",
  "allow",
  "onlySites",
  "sites",
  "borrow",
  "permittedUse",
] as const;
export type Checked = (typeof CHECKED)[number];

export interface Eligibility {
  /** None: nothing speaks against it but, perhaps, a want of seats. */
  denied?: {
    reason: Extract<
      DenialReason,
      | "device_retired"
      | "contract_ended"
      | "version_retired"
      | "denied_by_rule"
      | "not_entitled"
      | "site_not_allowed"
      | "borrow_limit"
      | "use_not_attested"
    >;
    /** Where the register says so: `pools.autocad.deny[0]`. */
    rule: string;
  };
  /** Up to the rule that decided. */
  checked: readonly Checked[];
}

interface Question {
  register: Register;
  product: string;
  pool: string;
  launch: Launch;
}

/** Whether a computer is out of service at that moment, by the register's days. */
export function isRetired({ devices, timezone }: Register, device: string, atMs: number): boolean {
  const retired = devices[folded(device)]?.retired;
  return retired === true || (retired !== undefined && retired <= wallTime(atMs, timezone).date);
}

/** What each of them says against a launch; undefined: nothing. */
const JUDGES: Record<Checked, (question: Question) => Eligibility["denied"] | undefined> = {
  devices: ({ register, launch }) => {
    const retired = isRetired(register, launch.device, launch.atMs);
    return retired ? denied("device_retired", `devices.${register.devices[folded(launch.device)]?.name}`) : undefined;
  },
  contract: ({ register, launch }) => {
    const { contract } = indexOf(register).person(launch.user, launch.atMs);
    return contract && contract.overAtMs <= launch.atMs ? denied("contract_ended", contract.rule) : undefined;
  },
  versions: ({ register, product, launch }) => {
    const versions = register.products[product]?.versions;
    const against = versions && againstVersion(versions, launch, register.timezone);
    return against === undefined ? undefined : denied("version_retired", `products.${product}.versions${against}`);
  },
  deny: ({ register, pool, launch }) => {
    const index = register.pools[pool]?.deny.findIndex((rule) => matches(rule, launch)) ?? -1;
    return index < 0 ? undefined : denied("denied_by_rule", `pools.${pool}.deny[${index}]`);
  },
  allow: ({ register, pool, launch }) => {
    const allow = register.pools[pool]?.allow;
    const admitted = !allow?.length || allow.some((rule) => matches(rule, launch));
    return admitted ? undefined : denied("not_entitled", `pools.${pool}.allow`);
  },
  onlySites: ({ register, pool, launch }) => {
    const admitted = register.pools[pool]?.onlySites?.includes(launch.site) ?? true;
    return admitted ? undefined : denied("site_not_allowed", `pools.${pool}.onlySites`);
  },
  sites: ({ register, pool, launch }) => {
    const closed = ceiling(register.pools[pool], launch.site) === 0;
    return closed ? denied("site_not_allowed", `pools.${pool}.sites.${launch.site}`) : undefined;
  },
  borrow: ({ register, pool, launch }) => {
    if (launch.borrowUntilMs === undefined) return undefined;
    const borrow = register.pools[pool]?.borrow;
    if (!borrow) return denied("borrow_limit", `pools.${pool}.borrow`);
    // The last day counts whole, as a person means it.
    const today = wallTime(launch.atMs, register.timezone).date;
    const latestMs = startOfDayMs(addDays(today, Math.round(borrow.maxMs / DAY_MS) + 1), register.timezone);
    return launch.borrowUntilMs > latestMs ? denied("borrow_limit", `pools.${pool}.borrow.maxDays`) : undefined;
  },
  permittedUse: ({ register, product, launch }) => {
    const wanting = register.products[product]?.permittedUse?.attest && launch.attested !== true;
    return wanting ? denied("use_not_attested", `products.${product}.permittedUse`) : undefined;
  },
};

const DAY_MS = 86_400_000;

/**
 * The rules that need no counting: which computers, people and versions may, who may use the pool, and where. Their order
 * in the file never matters: deny beats allow, and an empty allow means everybody.
 */
export function eligibility(register: Register, product: string, pool: string, launch: Launch): Eligibility {
  const question = { register, product, pool, launch };
  for (let i = 0; i < CHECKED.length; i++) {
    const decided = JUDGES[CHECKED[i]!](question);
    if (decided) return { denied: decided, checked: CHECKED.slice(0, i + 1) };
  }
  return { checked: CHECKED };
}

const denied = (reason: NonNullable<Eligibility["denied"]>["reason"], rule: string) => ({ reason, rule });
const ceiling = (pool: Pool | undefined, site: string) =>
  pool && Object.hasOwn(pool.sites, site) ? pool.sites[site]?.seats : undefined;

function matches({ kind, value }: Rule, launch: Launch): boolean {
  switch (kind) {
    case "user":
      return folded(launch.user) === folded(value);
    case "device":
      return folded(launch.device) === folded(value);
    case "site":
      return folded(launch.site) === folded(value);
    case "group":
      return launch.groups.some((group) => folded(group) === folded(value));
    case "network":
      return launch.address !== undefined && networkContains(value, launch.address);
  }
}

/** @returns what of the window speaks against the launch: "" is the window itself; undefined: nothing does */
function againstVersion(window: VersionWindow, { version, atMs }: Launch, timezone: string): string | undefined {
  if (version === undefined) return window.required ? ".required" : undefined;
  if (covers(window.current, version)) return undefined;
  if (window.previous !== undefined && covers(window.previous, version)) return undefined;
  const exceptions = window.exceptions
    .map((exception, index) => ({ ...exception, index }))
    .filter((exception) => covers(exception.version, version));
  if (exceptions.length === 0) return "";
  // Its last day is included, as with entitlements.
  const today = wallTime(atMs, timezone).date;
  if (exceptions.some(({ until }) => today <= until)) return undefined;
  return `.exceptions[${exceptions[0]?.index}]`;
}

/** A version is matched by its leading parts: `2026` covers `2026.1.2`, and not `20261`. */
export function covers(pattern: string, version: string): boolean {
  const [wanted, given] = [folded(pattern), folded(version)];
  return given === wanted || given.startsWith(`${wanted}.`);
}
