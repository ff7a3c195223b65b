import { folded } from "../domain/names.ts";
import { add, type Draft } from "./options-draft.ts";
import type { OptionsGroups } from "./options-groups.ts";
import type { ConvertedKeyword } from "./options-keywords.ts";
import { limitEach, limitNamed } from "./options-limits.ts";
import type { OptionsPools } from "./options-pools.ts";
import * as settings from "./options-settings.ts";
import type { Statement } from "./options-statements.ts";
import { whomOf } from "./options-who.ts";

/** Where a statement is written to. */
export interface Context {
  draft: Draft;
  groups: OptionsGroups;
  pools: OptionsPools;
}

type Convert = (statement: Statement, context: Context) => void;

/** What each keyword of the table does to the register. Groups were made before. */
export const CONVERT: Record<ConvertedKeyword, Convert> = {
  GROUP: () => {},
  HOST_GROUP: () => {},
  GROUPCASEINSENSITIVE: ({ line, letters }, { draft }) => {
    draft.done(line);
    if (letters === "OFF") draft.remark(line, "case never counts here: names that differ in it alone are one");
  },
  INCLUDE: ofFeature((statement, pool, context) => admit("allow", statement, [pool], context)),
  EXCLUDE: ofFeature((statement, pool, context) => admit("deny", statement, [pool], context)),
  INCLUDEALL: ofAll((statement, context) => admit("allow", statement, context.pools.all, context)),
  EXCLUDEALL: ofAll((statement, context) => admit("deny", statement, context.pools.all, context)),
  RESERVE: ofFeature(reserve),
  MAX: ofFeature((statement, pool, context) => {
    const all = statement.name === "ALL_USERS" || statement.name === "ALL_GROUPS";
    if (all) limitEach(statement, pool, context);
    else limitNamed(statement, pool, context);
  }),
  TIMEOUT: ofFeature(settings.idle),
  TIMEOUTALL: ofAll((statement, context) => {
    for (const pool of context.pools.all) settings.idleUnlessSet(statement, pool, context);
  }),
  LINGER: ofFeature(settings.linger),
  MAX_BORROW_HOURS: ofFeature(settings.borrowFor),
  BORROW_LOWWATER: ofFeature(settings.keepFree),
  MAX_OVERDRAFT: ofFeature(settings.overdraft),
  DUP_GROUP: ofFeature(settings.seatFor),
};

/** What is about all, or about each without a word of its own, comes after what is about one. */
export const isGeneral = ({ keyword, name = "" }: Statement) =>
  keyword.endsWith("ALL") || (keyword === "MAX" && name.startsWith("ALL_"));

function ofFeature(convert: (statement: Statement, pool: string, context: Context) => void): Convert {
  return (statement, context) => {
    const found = context.pools.of(statement.feature!, statement.line);
    if ("why" in found) context.draft.refuse(statement.line, found.why);
    else convert(statement, found.pool, context);
  };
}

function ofAll(convert: Convert): Convert {
  return (statement, context) => {
    const { draft, pools } = context;
    if (pools.all.length > 0) {
      draft.remark(
        statement.line,
        `written for ${pools.all.join(", ")}: other features of the daemon are named by --feature`,
      );
      convert(statement, context);
    } else draft.refuse(statement.line, "is about every feature, and the file names none: name them by --feature");
  };
}

function admit(list: "allow" | "deny", statement: Statement, pools: readonly string[], { draft, groups }: Context) {
  const { line, type, name } = statement;
  const { whom, lacks, remarks } = whomOf(type!, name!, groups);
  for (const why of lacks) draft.refuse(line, why);
  for (const remark of remarks) draft.remark(line, remark);
  for (const pool of pools) {
    for (const { kind, value } of whom) draft.rule(list, pool, kind, value, line);
  }
}

function reserve({ line, amount = 0, type, name = "" }: Statement, pool: string, { draft, groups }: Context) {
  if (type !== "USER" && type !== "GROUP") return draft.refuse(line, "seats are reserved for groups of people here");
  if (amount === 0) {
    draft.done(line);
    return draft.remark(line, "reserves nothing, which is what holds without it");
  }
  const { whom, lacks } = whomOf(type, name, groups);
  if (whom.length === 0) return draft.refuse(line, lacks.join("; "));
  const group = type === "USER" ? groups.ofOne(name, line) : whom[0]!.value;
  const existing = draft.register?.pools[pool]?.reservations.filter((one) => folded(one.group) === folded(group)) ?? [];
  const drafted = draft.pools.get(pool)?.reservations.get(folded(group));
  const before = drafted?.value.seats ?? existing[0]?.seats;
  if (before !== undefined && before !== amount) {
    const where = drafted ? `line ${drafted.lines[0]}` : "the register";
    return draft.refuse(line, `${where} reserves ${before} seats of ${pool} for ${group}: say how many are meant`);
  }
  if (drafted) draft.remark(line, `is the same as line ${drafted.lines[0]}, and counted once`);
  if (existing.length === 0) add(draft.pool(pool).reservations, folded(group), { group, seats: amount }, line);
  draft.done(line);
}
