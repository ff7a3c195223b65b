import { wallTime } from "../domain/calendar.ts";
import { keyOf } from "../domain/inventory.ts";
import type { Register } from "../domain/register.ts";
import type { Compliance, Computer, Install, Judged, Retired, Title, Use } from "./compliance.ts";
import { computerNames } from "./computers.ts";
import {
  type Found,
  neverUsed,
  overInstalled,
  ownersMissing,
  retiredDevices,
  retiredVersions,
  unknownSoftware,
  unlicensed,
} from "./findings.ts";
import { FINDINGS } from "./kinds.ts";
import { Matcher } from "./matching.ts";
import { productFigures } from "./products.ts";
import type { RetiredParts } from "./retired.ts";

/** What each title is, by the rules of the register. */
export function judgedTitles(register: Register, titles: readonly Title[]): Judged[] {
  const matcher = new Matcher(register);
  return titles.map((title) => ({ ...title, match: matcher.match(title) }));
}

/** What a report is made from. */
export interface ComplianceInput {
  register: Register;
  nowMs: number;
  judged: readonly Judged[];
  /** Of titles that are products'; others may be among them. */
  installs: readonly Install[];
  /** Of the last year. */
  uses: readonly Use[];
  computers: readonly Computer[];
  retired: readonly Retired[];
  refused: RetiredParts["refused"];
}

/** What was bought, what is installed and what is used, and what of it somebody has to look at. */
export function complianceReport(input: ComplianceInput): Compliance {
  const { register, nowMs, judged, computers, uses } = input;
  const today = wallTime(nowMs, register.timezone).date;
  const productOf = new Map(judged.map((title) => [keyOf(title), title.match?.product]));
  const installs = input.installs.flatMap((install) => {
    const product = productOf.get(keyOf(install));
    return product === undefined ? [] : [{ product, install }];
  });
  const nameOf = computerNames(computers, uses);
  const figures = productFigures({ register, nowMs, judged, installs, uses, nameOf });
  const found: Found = { ...input, today, figures };
  const all = [
    ...[...unlicensed(found), ...overInstalled(found), ...retiredVersions(found), ...neverUsed(found)],
    ...[...retiredDevices(found), ...ownersMissing(found), ...unknownSoftware(found)],
  ];
  const firstMs = Math.min(...judged.map(({ sinceMs }) => sinceMs));
  return {
    ...{ madeAtMs: nowMs, today, computers: computers.length },
    firstTold: Number.isFinite(firstMs) ? wallTime(firstMs, register.timezone).date : null,
    titles: {
      ofProducts: judged.filter(({ match }) => match?.product !== undefined).length,
      free: judged.filter(({ match }) => match && match.product === undefined).length,
      unknown: judged.filter(({ match }) => !match).length,
    },
    products: figures.map(({ told }) => told),
    findings: FINDINGS.flatMap((kind) =>
      all.filter((one) => one.kind === kind).sort((one, other) => other.count - one.count),
    ),
  };
}
