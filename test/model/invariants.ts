import assert from "node:assert/strict";
import type { PoolPolicy } from "../../daemon/domain/policy.ts";
import type { Told } from "./pool-model.ts";
import type { Snapshot } from "./real-pool.ts";

/*
 * Facts of what lies in Redis that owe nothing to the model's steps: here the script and the model cannot be wrong
 * together.
 */

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
const fields = (line: string) => line.split("\t");
const isLive = ([id, line]: [string, string]) =>
  !line.startsWith("\t") && !/^(reclaim|cool|glass|linger|excess|refused):/.test(id);

interface Taken {
  seats: number;
  draws: string;
}

/** Every seat that is open, and every one set aside. */
function taken(now: Snapshot) {
  const lives = Object.entries(now.leases).filter(isLive);
  const own = lives.map(([, line]) => fields(line)).filter(([, , place]) => place === "");
  const open: Taken[] = [
    ...own.map(([, , , seats, draws = ""]) => ({ seats: Number(seats), draws })),
    ...Object.entries(now.seats)
      .filter(([key]) => !key.startsWith("\x1e"))
      .map(([, seat]) => /^\d+ (\d+) (.*)$/.exec(seat)!)
      .map(([, seats, draws = ""]) => ({ seats: Number(seats), draws })),
  ];
  const aside = Object.values(now.leases)
    .filter((line) => line.startsWith("\toffered\t"))
    .map((line) => ({ seats: Number(fields(line)[2]), draws: fields(line)[3] ?? "" }));
  return { lives, open, aside };
}

export function countDraws(counts: Record<string, number>, draws: string, seats: number) {
  const names = draws.split(" ").filter(Boolean);
  const outside = names[0] === "outside" ? "outside:" : "";
  for (const name of names) {
    const [, group, part] = /^(reserved:[^=]+)=(\d+)$/.exec(name) ?? [];
    if (name === "outside" || seats === 0) continue;
    if (group) counts[group] = (counts[group] ?? 0) + Number(part) * Math.sign(seats);
    else counts[outside + name] = (counts[outside + name] ?? 0) + seats;
  }
}
export const nonZero = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));

const levelOf = ({ state, tally }: Snapshot, { rules }: PoolPolicy) =>
  Number(state.used) - (tally.outside ?? 0) + (tally.offered ?? 0) + (rules.hold ? (tally.held ?? 0) : 0);

export function assertInvariants(
  policy: PoolPolicy,
  before: Snapshot | undefined,
  now: Snapshot,
  told: readonly Told[],
) {
  const { lives, open, aside } = taken(now);
  assert.equal(Number(now.state.used), sum(open.map(({ seats }) => seats)), "seats in use are the open seats");
  const counts: Record<string, number> = {};
  for (const { seats, draws } of [...open, ...aside]) countDraws(counts, draws, seats);
  assert.deepEqual(now.counts, nonZero(counts), "counters are what the open seats and those set aside draw");
  for (const [key, seat] of Object.entries(now.seats)) {
    if (key.startsWith("\x1e")) continue;
    const sharers = lives.filter(([, line]) => fields(line)[2] === key).length;
    assert.equal(Number.parseInt(seat, 10), sharers, "a seat is open while somebody shares it");
  }
  for (const [name, n] of Object.entries({ ...now.counts, ...now.tally })) assert.ok(n >= 0, `${name} is ${n}`);

  if (!policy.rules.site) {
    const most = Number(now.state.capacity) + (policy.rules.overdraft ?? 0);
    // What was assigned, and is rebuilt, is nobody's new seat; no lease is named with it.
    const rebuilt = told.filter(([kind, id]) => kind === "kept" && id === "");
    const assigned = sum(rebuilt.map(([, , , word]) => Number(word.split(" ")[1])));
    const carried = (before ? levelOf(before, policy) : 0) + assigned;
    assert.ok(levelOf(now, policy) <= Math.max(most, carried), "nothing is granted above capacity and overdraft");
  }
  for (const [limit, most] of Object.entries(policy.limits)) {
    const seats = now.counts[limit] ?? 0;
    const moved = told.some(([kind]) => kind === "moved");
    if (!moved) assert.ok(seats <= Math.max(most, before?.counts[limit] ?? 0), `nothing is granted above ${limit}`);
  }
  assertFirstComeFirstServed(policy, before, now, told);

  const isBusy = Object.entries(now.leases).some(
    (entry) => isLive(entry) || /^\t(?!reclaiming|refused)[a-z_]+\t/.test(entry[1]),
  );
  if (isBusy || now.tally.cooling) return;
  const left = JSON.stringify([now.seats, now.counts, now.linger, now.queue]);
  assert.equal(left, JSON.stringify([{}, {}, [], []]), "a pool at rest holds nothing of anybody");
}

/** Where nobody has a ceiling, a seat or a rule of his own, nobody is passed over for one who came after him. */
function assertFirstComeFirstServed(
  { limits, rules }: PoolPolicy,
  before: Snapshot | undefined,
  now: Snapshot,
  told: readonly Told[],
) {
  if (!before || Object.keys(limits).length > 0 || rules.hold || rules.borrow || rules.keepFree) return;
  const classOf = (line: string) => {
    const [, , , terms = "", , key, seats] = fields(line);
    return { key, class: `${seats} ${terms.match(/from=\S+/g) ?? ""}` };
  };
  const waitedBefore = before.queue.filter((id) => before.leases[id]?.startsWith("\twaiting"));
  for (const [kind, id] of told) {
    const place = waitedBefore.indexOf(id);
    if (kind !== "offered" || place < 0) continue;
    const offered = classOf(before.leases[id]!);
    const passedOver = waitedBefore
      .slice(0, place)
      .filter(
        (other) => now.leases[other]?.startsWith("\twaiting") && classOf(now.leases[other]!).class === offered.class,
      );
    if (offered.key === "" && !before.tally.cooling) assert.deepEqual(passedOver, [], "first come, first served");
  }
}
