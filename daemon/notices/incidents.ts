import { type IsoDate, wallTime } from "../domain/calendar.ts";
import { INCIDENTS, type Incident } from "../domain/incidents.ts";

/**
 * Of each kind: whoever makes more of one in a day is told of the first, and cannot, by coming with made-up tokens from a
 * thousand addresses, keep anybody from being told of another, such as of an audit that was changed.
 */
const MOST_A_DAY = 1_000;

export interface IncidentParts {
  log: Record<"warn", (facts: object, message: string) => void>;
  /** The register's. */
  timezone: () => string;
  /** Write it into the audit, if it is kept. */
  record: (about: string, site: string) => void;
  now?: () => number;
}

/** An incident, and the day on which it was found out. */
export type DatedIncident = Incident & { day: IsoDate };

/** What was found out today, each matter once: said in the log and the audit at once, and told as notices are. */
export class Incidents {
  readonly #parts: IncidentParts;
  #day: IsoDate = "";
  readonly #found = new Map<Incident["kind"], Map<string, Incident>>();
  #before: DatedIncident[] = [];

  constructor(parts: IncidentParts) {
    this.#parts = parts;
  }

  report = (incident: Incident): void => {
    const { log, record } = this.#parts;
    this.#turnPage();
    const { kind, matter, site, pool, facts, logged } = incident;
    const found = this.#found.get(kind) ?? new Map<string, Incident>();
    if (found.has(matter) || found.size >= MOST_A_DAY) return;
    this.#found.set(kind, found.set(matter, incident));
    const where = { ...(site !== "" && { site }), ...(pool !== undefined && { pool }) };
    const { says, roles } = INCIDENTS[kind];
    log.warn({ event: "incident", incident: kind, roles, ...where, ...facts, ...logged }, says);
    const told = Object.entries({ ...(pool !== undefined && { pool }), ...facts }).map(([name, is]) => `${name} ${is}`);
    record([kind, ...told].join(", "), site);
  };

  /** Of today, and of the day before: what was found out shortly before midnight, or while no mail went out, is told still. */
  get lately(): DatedIncident[] {
    this.#turnPage();
    return [...this.#before, ...this.#ofDay()];
  }

  #ofDay(): DatedIncident[] {
    const all = [...this.#found.values()].flatMap((found) => [...found.values()]);
    return all.map((incident) => ({ ...incident, day: this.#day }));
  }

  #turnPage() {
    const { timezone, now = Date.now } = this.#parts;
    const { date } = wallTime(now(), timezone());
    if (date === this.#day) return;
    this.#before = this.#ofDay();
    this.#day = date;
    this.#found.clear();
  }
}
