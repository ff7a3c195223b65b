import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Audit } from "../audit/audit.ts";
import { type IsoDate, isIsoDate } from "../domain/calendar.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { type InForce, PERSON_ROLES } from "../domain/register.ts";
import { knownPool } from "../domain/register-index.ts";
import type { Sheet } from "../downloads/sheet.ts";
import type { Period, Renewals } from "../renewals/renewals.ts";
import { AUDITORS } from "./api-routes.ts";
import { AuditFilter } from "./audit-shapes.ts";
import type { KnownComputers } from "./computers.ts";
import { readInput } from "./inputs.ts";

export interface DownloadParts {
  inForce: () => InForce;
  audit: Pick<Audit, "rows">;
  /** None where no history is kept. */
  renewals?: Renewals | undefined;
  /** The same of computers. */
  computers?: Pick<KnownComputers, "compliance"> | undefined;
}

const AUDIT_PAGE = 1_000;
/** More than two years of a council's administration, by far; a part of it must not pass for all. */
const MOST_AUDIT_ROWS = 200_000;

/** THE TABLE of forms in which things can be downloaded: for programs, for spreadsheets, for calendars, for asset management. */
const FORMS = {
  csv: "text/csv; charset=utf-8; header=present",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  ics: "text/calendar; charset=utf-8",
  xml: "application/xml; charset=utf-8",
} as const;
type Form = keyof typeof FORMS;

/** What writes spreadsheets and calendars is loaded with the first download. */
const writers = {
  csv: () => import("../downloads/csv.ts"),
  ods: () => import("../downloads/ods.ts"),
  ics: () => import("../downloads/icalendar.ts"),
};

/**
 * The calendar of renewals, each report, and the contracts, as files. Errors: not_found, message_invalid (a time that is
 * none), history_off, history_unavailable
 */
export function registerDownloads(app: FastifyInstance, parts: DownloadParts): void {
  const { inForce } = parts;
  const reads = { config: { roles: PERSON_ROLES } };

  for (const form of ["csv", "ods", "ics"] as const) {
    app.get<{ Querystring: Record<string, unknown> }>(`/api/v1/renewals.${form}`, reads, async ({ query }, reply) => {
      const calendar = await pastOf(parts).calendar();
      const { filteredCalendar, rowsOf } = await import("../downloads/calendar-rows.ts");
      if (query.view === "foi" && form !== "ics") {
        const { foiAsked, foiRows, foiSheet } = await import("../downloads/foi-sheet.ts");
        const rows = await foiRows(pastOf(parts), calendar);
        return sendSheets(reply, form, "licences", [foiSheet(rows, foiAsked(query))]);
      }
      const department = typeof query.department === "string" && query.department !== "" ? query.department : undefined;
      const rows = rowsOf(filteredCalendar(calendar, { show: query.show === "year" ? "year" : "all", department }));
      if (form === "ics") return sendCalendar(reply, "renewals", rows);
      const { calendarSheet } = await import("../downloads/calendar-sheet.ts");
      return sendSheets(reply, form, "renewals", [calendarSheet(rows)]);
    });

    app.get<{ Params: { pool: string }; Querystring: Record<string, unknown> }>(
      `/api/v1/renewals/:pool.${form}`,
      reads,
      async (request, reply) => {
        const pool = poolOf(request);
        if (form === "ics") {
          const { rowsOf } = await import("../downloads/calendar-rows.ts");
          const rows = rowsOf(await pastOf(parts).calendar()).filter((row) => row.pool === pool);
          return sendCalendar(reply, pool, rows);
        }
        const { report } = await pastOf(parts).report(pool, periodOf(request.query));
        const { reportFigures, reportSheets } = await import("../downloads/report-sheets.ts");
        const name = `${pool}-${report.from}-${report.to}`;
        return sendSheets(reply, form, name, form === "csv" ? [reportFigures(report)] : reportSheets(report));
      },
    );
  }

  // Use and entitlements in the words of the standards for asset management.
  app.get<{ Params: { pool: string }; Querystring: Record<string, unknown> }>(
    "/api/v1/renewals/:pool.xml",
    reads,
    async (request, reply) => {
      const { report } = await pastOf(parts).report(poolOf(request), periodOf(request.query));
      const { usageXml } = await import("../downloads/usage-xml.ts");
      const name = `${report.pool}-use-${report.from}-${report.to}`;
      return asFile(reply, "xml", name).send(usageXml(inForce().register, report, Date.now()));
    },
  );

  app.get("/api/v1/register.xml", reads, async (_request, reply) => {
    const { entitlementsXml } = await import("../downloads/entitlements-xml.ts");
    return asFile(reply, "xml", "entitlements").send(entitlementsXml(inForce(), Date.now()));
  });

  for (const form of ["csv", "ods"] as const) {
    app.get(`/api/v1/register.${form}`, reads, async (_request, reply) => {
      const { transparencySheet } = await import("../downloads/transparency-sheet.ts");
      return sendSheets(reply, form, "contracts", [transparencySheet(inForce().register)]);
    });
    app.get(`/api/v1/compliance.${form}`, reads, async (_request, reply) => {
      if (!parts.computers) throw historyOff();
      const { complianceSheets } = await import("../downloads/compliance-sheets.ts");
      return sendSheets(reply, form, "compliance", complianceSheets(await parts.computers.compliance()));
    });
  }

  app.get("/api/v1/audit.csv", { config: { roles: AUDITORS } }, async ({ query }, reply) => {
    const asked = readInput(AuditFilter, query);
    const { auditSheet } = await import("../downloads/audit-sheet.ts");
    const rows = [];
    let cursor: string | undefined;
    do {
      const page = await parts.audit.rows({ ...asked, cursor, most: AUDIT_PAGE });
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined && rows.length < MOST_AUDIT_ROWS);
    if (cursor !== undefined) {
      const why = `these are more than ${MOST_AUDIT_ROWS} rows, which one file does not hold: ask for fewer days`;
      throw new SeatmeterError("message_invalid", `from: ${why}`, { field: "from" });
    }
    return sendSheets(reply, "csv", "audit", [auditSheet(rows)]);
  });

  async function sendCalendar(reply: FastifyReply, name: string, rows: Parameters<Writers["icalendarOf"]>[0]) {
    const { icalendarOf } = await writers.ics();
    return asFile(reply, "ics", name).send(icalendarOf(rows, inForce().register.organisation, Date.now()));
  }

  function poolOf({ params }: FastifyRequest<{ Params: { pool: string } }>): string {
    return knownPool(inForce().register, params.pool);
  }
}

type Writers = typeof import("../downloads/icalendar.ts");

async function sendSheets(reply: FastifyReply, form: "csv" | "ods", name: string, sheets: Sheet[]) {
  if (form === "csv") return asFile(reply, form, name).send((await writers.csv()).csvOf(sheets[0]!));
  return asFile(reply, form, name).send(Buffer.from((await writers.ods()).odsOf(sheets)));
}

/** Names of pools may hold what a header may not. */
const asFile = (reply: FastifyReply, form: Form, name: string) =>
  reply
    .header("cache-control", "no-store")
    .header("content-disposition", `attachment; filename="${name.replaceAll(/[^\w.-]/g, "_")}.${form}"`)
    .type(FORMS[form]);

function pastOf({ renewals }: DownloadParts): Renewals {
  if (renewals) return renewals;
  throw historyOff();
}

const historyOff = () => new SeatmeterError("history_off", "no history is kept here: SEATMETER_HISTORY is off");

function periodOf({ from, to }: Record<string, unknown>): Period {
  const day = (value: unknown, field: string): IsoDate | undefined => {
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string" && isIsoDate(value)) return value;
    throw new SeatmeterError("message_invalid", `${field}: is no day: one is written 2026-04-01`, { field });
  };
  const period = { from: day(from, "from"), to: day(to, "to") };
  if (period.from && period.to && period.from > period.to) {
    throw new SeatmeterError("message_invalid", "to: lies before from", { field: "to" });
  }
  return period;
}
