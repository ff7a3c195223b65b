import { folded } from "../domain/names.ts";
import type { Limit } from "../domain/register.ts";
import { add, type Draft } from "./options-draft.ts";
import type { OptionsGroups } from "./options-groups.ts";
import type { Context } from "./options-rules.ts";
import type { Statement } from "./options-statements.ts";
import { whomOf } from "./options-who.ts";

/** `MAX 5 f1 USER asmith` */
export function limitNamed(statement: Statement, pool: string, { draft, groups }: Context) {
  const { line, amount = 0, type, name = "" } = statement;
  if (type === "HOST_GROUP") {
    return draft.refuse(
      line,
      "is a limit of several computers together, and limits are of one, or of a group of people",
    );
  }
  const { whom, lacks, remarks } = whomOf(type!, name, groups);
  const [who] = whom;
  if (who === undefined) return draft.refuse(line, lacks.join("; "));
  if (who.kind === "network")
    return draft.refuse(line, "limits are of people, groups and computers by name, not of addresses");
  for (const remark of remarks) draft.remark(line, remark);
  limit(draft, pool, { kind: who.kind, name: who.value, seats: amount }, line);
}

/** `MAX 2 f1 USER ALL_USERS` is each person; `GROUP ALL_GROUPS` each group that has no limit by name. */
export function limitEach({ line, amount = 0, type, name }: Statement, pool: string, { draft, groups }: Context) {
  if (type === "USER" && name === "ALL_USERS")
    return limit(draft, pool, { kind: "each", name: "user", seats: amount }, line);
  if (type !== "GROUP" || name !== "ALL_GROUPS")
    return draft.refuse(line, "ALL_USERS is a USER, and ALL_GROUPS a GROUP");
  if (groups.people.length === 0) return draft.refuse(line, "is about every group, and no line makes one");
  const unlimited = groups.people.filter((one) => {
    const found = groups.named(one);
    return "why" in found || !limitOf(draft, pool, "group", found.group);
  });
  if (unlimited.length === 0) return draft.refuse(line, `every group has a limit of ${pool} already, which decides`);
  for (const one of unlimited) {
    const found = groups.named(one);
    if ("why" in found) draft.refuse(line, found.why);
    else limit(draft, pool, { kind: "group", name: found.group, seats: amount }, line);
  }
}

function limit(draft: Draft, pool: string, wanted: Limit, line: number) {
  const before = limitOf(draft, pool, wanted.kind, wanted.name);
  if (before && before.seats !== wanted.seats) {
    return draft.refuse(line, `${before.where} limits the same to ${before.seats} seats of ${pool}, and decides`);
  }
  if (before?.where !== "the register") add(draft.pool(pool).limits, keyOf(wanted.kind, wanted.name), wanted, line);
  draft.done(line);
}

function limitOf(draft: Draft, pool: string, kind: Limit["kind"], name: string) {
  const same = (one: Limit) => keyOf(one.kind, one.name) === keyOf(kind, name);
  const existing = draft.register?.pools[pool]?.limits.find(same);
  if (existing) return { seats: existing.seats, where: "the register" };
  const drafted = draft.pools.get(pool)?.limits.get(keyOf(kind, name));
  return drafted && { seats: drafted.value.seats, where: `line ${drafted.lines[0]}` };
}

const keyOf = (kind: Limit["kind"], name: string) => `${kind}:${folded(name)}`;

/**
 * FlexNet takes the first MAX line that matches somebody, the register the most specific: say where that differs.
 *
 * @param statements in the order of the file
 */
export function remarkOnOrder(statements: readonly Statement[], { draft, groups, pools }: Context) {
  const limits = statements.flatMap((statement) => {
    const found = statement.keyword === "MAX" ? pools.of(statement.feature!, statement.line) : undefined;
    return found && "pool" in found && draft.converted.has(statement.line) ? [{ ...statement, pool: found.pool }] : [];
  });
  for (const [i, later] of limits.entries()) {
    const earlier = limits.slice(0, i).find((one) => one.pool === later.pool && overtakes(one, later, groups));
    if (!earlier) continue;
    const here =
      rank(earlier) === rank(later)
        ? "both are as specific, and their order says nothing"
        : "the more specific applies";
    draft.remark(later.line, `FlexNet let line ${earlier.line} decide, which comes first; here ${here}`);
  }
}

const RANKS: Partial<Record<string, number>> = { USER: 0, HOST: 1, DISPLAY: 1, GROUP: 2 };
const isEach = ({ name = "" }: Statement) => name.startsWith("ALL_");

/** The lower, the more specific. */
const rank = (one: Statement) => (one.name === "ALL_USERS" ? 4 : (RANKS[one.type!] ?? 0) + (isEach(one) ? 1 : 0));

/** Whether both may be about one launch, and the later is the more specific, or as specific. */
function overtakes(earlier: Statement, later: Statement, groups: OptionsGroups): boolean {
  if (folded(earlier.name!) === folded(later.name!) && earlier.type === later.type) return false;
  if (rank(later) > rank(earlier)) return false;
  if (isEach(earlier)) return earlier.type === "USER" || later.type !== "USER" || isInAny(later.name!, groups);
  if (earlier.type === "GROUP" && later.type === "USER") return groups.members(earlier.name!).has(folded(later.name!));
  if (earlier.type === "GROUP" && later.type === "GROUP") {
    return !groups.members(earlier.name!).isDisjointFrom(groups.members(later.name!));
  }
  return earlier.type !== later.type;
}

const isInAny = (user: string, groups: OptionsGroups) =>
  groups.people.some((one) => groups.members(one).has(folded(user)));
