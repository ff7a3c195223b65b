import { Draft, type KnownRegister, type NotConverted, type Remark } from "./options-draft.ts";
import { OptionsGroups } from "./options-groups.ts";
import { remarkOnOrder } from "./options-limits.ts";
import { LONGEST_LINE, optionsLines } from "./options-lines.ts";
import { OptionsPools } from "./options-pools.ts";
import { CONVERT, type Context, isGeneral } from "./options-rules.ts";
import { completeBorrowing } from "./options-settings.ts";
import { type Feature, readStatement, type Statement } from "./options-statements.ts";

/** Of features that the file does not name. */
const NO_LINE = 0;

/** What an options file becomes. Every option's line is among `converted`, `notConverted`, or, in part, both. */
export interface OptionsImport {
  /** For options-yaml.ts. */
  draft: Draft;
  /** Lines of options, comments left out. */
  options: number;
  converted: ReadonlySet<number>;
  /** In the order of the file. */
  notConverted: NotConverted[];
  remarks: Remark[];
}

export interface ImportedAs {
  /** The register that the rules are for; none: every feature becomes a product and pool of its own. */
  known?: KnownRegister;
  /** Features that the file does not name, for what it says of all. */
  features?: readonly Feature[];
  /** Of the products that are proposed. */
  owner: string;
}

/**
 * Turn a FlexNet options file into rules of the register. Pure; nothing is guessed: what cannot be said there is listed.
 *
 * @param lines of the file, without their ends
 */
export function importOptions(lines: Iterable<string>, { known, features = [], owner }: ImportedAs): OptionsImport {
  const options = optionsLines(lines);
  const draft = new Draft(known, new Map(options.map(({ line, text }) => [line, text])));
  const statements: Statement[] = [];
  for (const option of options) {
    const statement = readStatement(option);
    if ("why" in statement) draft.refuse(option.line, statement.why);
    else statements.push(statement);
    if (option.comment !== undefined) draft.remark(option.line, `${option.comment} is taken for a comment`);
    if (option.text.length > LONGEST_LINE) draft.remark(option.line, `FlexNet reads ${LONGEST_LINE} characters of it`);
  }
  const context: Context = {
    draft,
    groups: new OptionsGroups(draft, statements),
    pools: new OptionsPools(draft, owner),
  };
  for (const { feature, line } of statements) if (feature) context.pools.of(feature, line);
  for (const feature of features) context.pools.of(feature, NO_LINE);
  const inTurn = [...statements.filter((one) => !isGeneral(one)), ...statements.filter(isGeneral)];
  for (const statement of inTurn) CONVERT[statement.keyword](statement, context);
  completeBorrowing(context);
  remarkOnOrder(statements, context);
  sayWhoIsAdmitted(statements, context);
  const inOrder = <One extends { line: number }>(list: One[]) => list.toSorted((one, other) => one.line - other.line);
  return {
    draft,
    options: options.length,
    converted: draft.converted,
    notConverted: inOrder(draft.notConverted.filter(({ line }) => line !== NO_LINE)),
    remarks: inOrder(draft.remarks.filter(({ line }) => line !== NO_LINE)),
  };
}

/** An INCLUDE that could not be taken over leaves a pool too closed, or, where it was the only one, open to everybody. */
function sayWhoIsAdmitted(statements: readonly Statement[], { draft, pools }: Context) {
  const poolsOf = ({ keyword, feature, line }: Statement) =>
    keyword === "INCLUDEALL" ? pools.all : keyword === "INCLUDE" ? poolOf(feature!, line) : [];
  const poolOf = (feature: Feature, line: number) => {
    const found = pools.of(feature, line);
    return "pool" in found ? [found.pool] : [];
  };
  const refused = new Set(draft.notConverted.map(({ line }) => line));
  const both = new Map<string, Set<string>>();
  for (const statement of statements) {
    for (const pool of poolsOf(statement)) {
      both.set(pool, (both.get(pool) ?? new Set()).add(statement.keyword));
      if (!refused.has(statement.line)) continue;
      const closed = draft.admitsByName(pool);
      draft.remark(
        statement.line,
        closed ? `whom it lets in, ${pool} refuses` : `everybody may use ${pool} without it`,
      );
    }
  }
  for (const { keyword, line } of statements.filter(({ keyword }) => keyword === "INCLUDEALL")) {
    const mixed = [...both].filter(([, keywords]) => keywords.size > 1).map(([pool]) => pool);
    if (mixed.length > 0) draft.remark(line, `${keyword} or INCLUDE is enough for ${mixed.join(", ")}`);
  }
}
