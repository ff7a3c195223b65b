import { folded } from "../domain/names.ts";
import type { Directory, Group, Member, Pool, Product, Register, SeatPart } from "../domain/register.ts";
import type { RegisterFile } from "./schema.ts";

/** The register as everybody reads it, from the file as it was written: names and members filled in. */
export function filled(file: RegisterFile, membersOfFiles: ReadonlyMap<string, Member[]>): Register {
  return {
    ...file,
    sites: mapped(file.sites, (site, name) => ({ ...site, name: site.name ?? name })),
    groups: mapped(file.groups, (group, name): Group => {
      const listed = group.members.map((member) =>
        typeof member === "string" ? { user: folded(member) } : { ...member, user: folded(member.user) },
      );
      return {
        ...(group.department && { department: group.department }),
        members: withoutRepeats([...listed, ...(membersOfFiles.get(name) ?? [])]),
        ...(group.directory && { directory: filledDirectory(group.directory) }),
      };
    }),
    devices: Object.fromEntries(
      Object.entries(file.devices).map(([name, device]) => [folded(name), { ...device, name }]),
    ),
    products: mapped(file.products, ({ pools, ...product }, name): Product => {
      const taken = pools.map((entry) => (typeof entry === "string" ? { pool: entry, seats: 1 } : entry));
      return {
        ...product,
        name: product.name ?? name,
        pools: taken.map(({ pool }) => pool),
        weights: Object.fromEntries(taken.filter(({ seats }) => seats > 1).map(({ pool, seats }) => [pool, seats])),
      };
    }),
    pools: mapped(file.pools, filledPool),
  };
}

/** Seats that are assigned are assigned to the one thing that the metric names. */
const ASSIGNED: Partial<Record<Pool["metric"], SeatPart[]>> = { "named-user": ["user"], device: ["device"] };
const HOLD_DAYS = 90;
const DAY_MS = 86_400_000;

function filledPool(file: RegisterFile["pools"][string]): Pool {
  const { lease, linger, queue, idle, borrow, overdraft, enforcement, holdDays, seatFor, ...pool } = file;
  const assigned = ASSIGNED[pool.metric];
  return {
    ...pool,
    seatFor: assigned ?? seatFor ?? ["user", "device"],
    ...(assigned && { holdMs: (holdDays ?? HOLD_DAYS) * DAY_MS }),
    lingerMs: linger,
    ...(overdraft && {
      overdraft: { seats: overdraft.seats, ...(overdraft.days && { forMs: overdraft.days * DAY_MS }) },
    }),
    ...(queue && { queue: { maxWaitMs: queue.maxWait } }),
    ...(idle && { idle: { afterMs: idle.after, reclaims: idle.then === "reclaim", countdownMs: idle.countdown } }),
    ...(borrow && {
      borrow: {
        maxMs: borrow.maxDays * DAY_MS,
        keepFree: borrow.keepFree,
        ...(borrow.seats !== undefined && { seats: borrow.seats }),
      },
    }),
    observed: enforcement === "observe",
    ttlMs: lease.ttl,
    heartbeatEveryMs: lease.heartbeatEvery ?? Math.floor(lease.ttl / 3),
  };
}

const mapped = <From, To>(parts: Record<string, From>, to: (part: From, name: string) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, to(part, name)]));

function filledDirectory({
  refresh,
  ...directory
}: NonNullable<RegisterFile["groups"][string]["directory"]>): Directory {
  return { ...directory, refreshMs: refresh };
}

/** The last mention of somebody's days counts: a file knows the department, a list in the register does not. */
const withoutRepeats = (members: Member[]) => [
  ...new Map(members.map((member) => [[member.user, member.from, member.until].join("\n"), member])).values(),
];
