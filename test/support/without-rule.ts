import { folded } from "../../daemon/domain/names.ts";
import type { Pool, Register } from "../../daemon/domain/register.ts";

const MANY_SEATS = 10_000;

/** What a rule of the register says, for those who compare; undefined: no rule of the register stands there. */
export function ruleAt(register: Register, rule: string): unknown {
  return rule
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .split(".")
    .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], {
      ...register,
      devices: Object.fromEntries(Object.values(register.devices).map((one) => [one.name, one])),
    });
}

/** The same register without what stands at that place; seats that lack are there. */
export function withoutRule(register: Register, rule: string, user: string): Register {
  const next = structuredClone(register);
  const [part, name = "", ...rest] = rule.split(".");
  const at = rest.join(".");
  if (part === "devices") delete next.devices[folded(name)];
  else if (part === "groups") {
    for (const member of next.groups[name]!.members) if (member.user === folded(user)) delete member.contractEnds;
  } else if (part === "products") {
    const product = next.products[name]!;
    const exception = /^versions\.exceptions\[(\d+)\]$/.exec(at)?.[1];
    if (exception !== undefined) product.versions!.exceptions[Number(exception)]!.until = "2099-12-31";
    else if (at === "versions.required") product.versions!.required = false;
    else if (at === "versions") delete product.versions;
    else throw new Error(`no rule: ${rule}`);
  } else if (part === "pools") withoutPoolRule(next.pools[name]!, at);
  else throw new Error(`no rule: ${rule}`);
  return next;
}

function withoutPoolRule(pool: Pool, at: string) {
  const [, list, index] = /^(deny|limits)\[(\d+)\]$/.exec(at) ?? [];
  const site = /^sites\.(.*)$/.exec(at)?.[1];
  if (list === "deny" || list === "limits") pool[list].splice(Number(index), 1);
  else if (site !== undefined && pool.sites[site]) delete pool.sites[site];
  else if (at === "allow") pool.allow = [];
  else if (at === "onlySites") delete pool.onlySites;
  else if (at === "reservations") pool.reservations = [];
  else if (at === "overdraft") delete pool.overdraft;
  else if (at === "seatFor") pool.seatFor = ["session"];
  else if (at === "metric") {
    pool.metric = "concurrent";
    delete pool.holdMs;
  } else throw new Error(`no rule: ${at}`);
}

/** The same register with more seats in a pool than anybody asks for, or with none. */
export function withSeats(register: Register, pool: string, most: "many" | "none"): Register {
  const next = structuredClone(register);
  next.pools[pool]!.entitlements =
    most === "many" ? [{ reference: "MANY", seats: MANY_SEATS, starts: "2020-01-01" }] : [];
  return next;
}

/** The same register where of a list only one entry is left: `pools.cad.deny[1]`. */
export function withOnly(register: Register, rule: string): Register {
  const next = structuredClone(register);
  const [, name = "", list, index] = /^pools\.([^.]+)\.(deny|limits)\[(\d+)\]$/.exec(rule) ?? [];
  if (list === "deny") next.pools[name]!.deny = [next.pools[name]!.deny[Number(index)]!];
  if (list === "limits") next.pools[name]!.limits = [next.pools[name]!.limits[Number(index)]!];
  return next;
}
