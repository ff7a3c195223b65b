interface IncidentKind {
  /** Whose it is to look into: roles of people. */
  roles: readonly ("manager" | "auditor" | "admin")[];
  /** What happened, as a sentence without its full stop. */
  says: string;
  /** What to do about it. */
  todo: string;
}

/** THE TABLE of incidents: what somebody should look into, and no rule of licensing decides. */
export const INCIDENTS = {
  device_refused: {
    roles: ["manager", "admin"],
    says: "A computer was refused again and again, and not for want of seats",
    todo:
      "Its pseudonym stands with its denials, which say why it was refused. A program that tries by itself, or a computer " +
      "that is retired, is set right there; whoever tries what he may not is spoken to.",
  },
  token_forged: {
    roles: ["admin"],
    says: "Somebody came with a token that is nobody's, or tried many, or said to be another computer",
    todo:
      "The daemon's log has the address, at the same time. A token whose last day is past, or whose line was removed, looks " +
      "the same: then give its computer or program a new one. Else find out who sits there.",
  },
  journal_forged: {
    roles: ["manager", "admin"],
    says: "What a computer told of the time without a daemon was not signed by its key, and is not believed",
    todo:
      "Its pseudonym stands with this, and the daemon's log has the address. Where its seatmeter is older than the daemon, " +
      "bring it up to date: what it has to tell is kept for a week. Else find out who sits there.",
  },
  location_spoofed: {
    roles: ["admin"],
    says: "Somebody who is no trusted proxy sent X-Forwarded-For, as if he came from elsewhere",
    todo:
      "It was not believed: the site is that of the connection. The daemon's log has the address, at the same time. Is it a " +
      "proxy of yours, add it to trustedProxies in the register; else find out who sits there.",
  },
  audit_broken: {
    roles: ["auditor", "admin"],
    says: "The audit is not as it was written",
    todo:
      "Somebody changed it in the database, or an older backup was restored. Keep a copy of the database as it is; seatmeter " +
      "audit verify names the first row, and a head that was printed before tells until when it was sound.",
  },
  entitlement_ended: {
    roles: ["manager", "admin"],
    says: "Seats are in use that an entitlement which has ended was for",
    todo: "Where it was renewed, add the new entitlement to the register. Else the programs that use them are to be ended.",
  },
} as const satisfies Record<string, IncidentKind>;
export type IncidentName = keyof typeof INCIDENTS;

export interface Incident {
  kind: IncidentName;
  /** What tells it from others of its kind: one of each is told a day. */
  matter: string;
  /** A site of the register; empty: none in particular. */
  site: string;
  pool?: string;
  /** Names nobody: who is told need not know. */
  facts: Record<string, string | number>;
  /** For the log alone: an address. */
  logged?: Record<string, string>;
}

export type ReportIncident = (incident: Incident) => void;

/** So many in a while, without saying which limit decides, are not by accident. */
export const REFUSED_AGAIN = { most: 20, windowMs: 3_600_000 };
