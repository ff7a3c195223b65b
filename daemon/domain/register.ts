import type { IsoDate } from "./calendar.ts";

/** The register as everybody reads it: checked, defaults filled in, lengths in milliseconds, members of files included. */
export interface Register {
  organisation: string;
  /** IANA name, `Europe/London`; days of entitlements begin at its midnight. */
  timezone: string;
  /** As written in the file; the revision in force is the ledger's. */
  revision?: number;
  workingHours: WorkingHours;
  holidays: IsoDate[] | "england";
  sites: Record<string, Site>;
  groups: Record<string, Group>;
  products: Record<string, Product>;
  pools: Record<string, Pool>;
  access: Access;
  tls?: { certificateFile: string; keyFile: string };
  /** Networks whose word on somebody's address is believed: `10.0.0.0/8`. */
  trustedProxies: string[];
  /** TLS ends at a proxy in front of us. */
  behindProxy: boolean;
  limits: { leasesPerDevice: number; connectionsPerDevice: number };
}

/** The register that everybody decides by now, and its revision in the ledger. */
export interface InForce {
  register: Register;
  revision: number;
}

/** Days 0 (Sunday) to 6, and minutes since midnight, the end not included. */
export interface WorkingHours {
  days: number[];
  fromMinute: number;
  untilMinute: number;
}

export interface Site {
  name: string;
  networks: string[];
}

export interface Group {
  department?: string;
  /** Folded user names (names.ts). */
  members: Member[];
}

export interface Member {
  user: string;
  department?: string;
}

export interface Product {
  name: string;
  publisher?: string;
  /** Whom to ask: a person or a team, usually an address. */
  owner: string;
  versions?: VersionWindow;
  executables: string[];
  /** Its names in FlexNet logs. */
  flexnet: string[];
  /** Asked in this order, cheapest first. */
  pools: string[];
  whenUnreachable: "allow" | "refuse";
  aliases: string[];
}

export interface VersionWindow {
  current: string;
  previous?: string;
  /** A launch that does not say its version is refused. */
  required: boolean;
  exceptions: { version: string; until: IsoDate; reason: string }[];
}

export const SEAT_PARTS = ["user", "device", "session"] as const;
export type SeatPart = (typeof SEAT_PARTS)[number];

export interface Pool {
  /** Checkouts that agree on these share one seat; `session`: none do. */
  seatFor: SeatPart[];
  /** Ceilings by site; a site not listed has none of its own. */
  sites: Record<string, { seats: number }>;
  onlySites?: string[];
  allow: Rule[];
  deny: Rule[];
  ttlMs: number;
  heartbeatEveryMs: number;
  entitlements: Entitlement[];
  /** A person who is denied may read who has the seats. */
  showHolders: boolean;
  aliases: string[];
}

export const RULE_KINDS = ["user", "group", "device", "site", "network"] as const;
/** One entry of `allow` or `deny`: `group:planning`. */
export interface Rule {
  kind: (typeof RULE_KINDS)[number];
  value: string;
}

/** What was bought. Days are in the register's zone, the last one included. */
export interface Entitlement {
  reference: string;
  seats: number;
  starts: IsoDate;
  /** Last day; none: perpetual. */
  ends?: IsoDate;
  /** How long before its end it must be given notice. */
  notice?: { days: number } | { months: number };
  cost?: { amount: number; currency: string; per: "year" | "term" };
  irrecoverableVat?: number;
  supplier?: string;
  title?: string;
  description?: string;
  department?: string;
  officer?: string;
  review?: IsoDate;
  process?: string;
  smeOrVcse?: boolean;
  supplierNumber?: string;
  autoRenews?: boolean;
  /** Where keys and media are kept; never a key. */
  vault?: string;
  packSize?: number;
}

export interface Access {
  shims?: { tokensFile: string };
  people?: { tokensFile: string };
}
