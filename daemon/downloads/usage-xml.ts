import { titleOf } from "../domain/pool-title.ts";
import type { Register } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import type { RenewalReport } from "../sizing/renewal-report.ts";
import { peopleShown } from "./foi-sheet.ts";
import { type Element, xmlOf } from "./xml.ts";

const REMARK =
  "In line with the terms of ISO/IEC 19770-4 (resource utilization measurement), without a claim to conform: its schema is not public.";

/** What was used of a pool in a period, for other tools of asset management. No persons stand in it. */
export function usageXml(register: Register, report: RenewalReport, madeAtMs: number): string {
  const { pool, from, to, coverage, checksum } = report;
  const products = indexOf(register).productsOf(pool);
  return xmlOf(
    {
      name: "ResourceUtilization",
      attributes: { created: new Date(madeAtMs).toISOString(), organisation: register.organisation, checksum },
      children: [
        {
          name: "Asset",
          attributes: { name: titleOf(register, pool), pool, metric: register.pools[pool]?.metric },
          children: products.map((id) => {
            const { name, publisher, versions } = register.products[id]!;
            return { name: "Software", attributes: { id, name: name ?? id, publisher, version: versions?.current } };
          }),
        },
        { name: "Period", attributes: { start: from, end: to, measuredShare: coverage } },
        ...measurements(report),
        ...report.months.map((month) => ({
          name: "Measurement",
          attributes: {
            ...{ metric: "seats in use", statistic: "maximum", unit: "seats" },
            period: month.month,
            value: month.peak,
          },
        })),
      ],
    },
    REMARK,
  );
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;
const at = (atMs: number | null) => (atMs === null ? undefined : new Date(atMs).toISOString());

function measurements(report: RenewalReport): Element[] {
  const people = peopleShown(report.people);
  const rows: Element["attributes"][] = [
    { metric: "seats in use", statistic: "maximum", unit: "seats", value: report.peak, at: at(report.peakAtMs) },
    { metric: "seats in use", statistic: "sum over time", unit: "seat hours", value: rounded(report.seatHours) },
    { metric: "seats entitled", statistic: "last", unit: "seats", value: report.owned },
    { metric: "launches", statistic: "count", unit: "launches", value: report.launches },
    {
      metric: "people who used it",
      statistic: "distinct count",
      unit: "people",
      value: String(people ?? "not counted"),
    },
    { metric: "people turned away", statistic: "count", unit: "refusals", value: report.turnedAway },
    {
      metric: "above what was bought",
      statistic: "sum over time",
      unit: "hours",
      value: rounded(report.overHours.all),
    },
  ];
  return rows.map((attributes) => ({ name: "Measurement", attributes: { ...attributes } }));
}
