import type { IsoDate } from "./calendar.ts";
import type { Privacy } from "./retention.ts";

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
  /** Computers taken out of service, by their folded name. */
  devices: Record<string, Device>;
  products: Record<string, Product>;
  pools: Record<string, Pool>;
  /** What may be installed without a licence. */
  freeSoftware: SoftwareRule[];
  access: Access;
  /** What all this is for, as every page says it. */
  purpose: string;
  tls?: { certificateFile: string; keyFile: string };
  /** Networks whose word on somebody's address is believed: `10.0.0.0/8`. */
  trustedProxies: string[];
  /** TLS ends at a proxy in front of us. */
  behindProxy: boolean;
  /** Connections from trusted proxies begin with a PROXY header, which says whose they are. */
  proxyProtocol: boolean;
  limits: { leasesPerDevice: number; connectionsPerDevice: number };
  /** Who is told of what. */
  notices?: Notices;
  /** What is kept of persons, and for how long. */
  privacy: Privacy;
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
  /** Folded user names (names.ts); one person may have several rows. */
  members: Member[];
  /** Where more of its members are found. */
  directory?: Directory;
}

/** A directory (LDAP, Active Directory) whose entries are people; files are each daemon's own, lengths in milliseconds. */
export interface Directory {
  /** `ldaps://dc1.exampleshire.example` */
  url: string;
  /** Below this entry. */
  base: string;
  filter: string;
  refreshMs: number;
  /** Who asks; none: nobody in particular. The password lies in a file, never in the register. */
  bindDn?: string;
  passwordFile?: string;
  startTls: boolean;
  /** Authorities that vouch for the directory, besides those that the operating system knows. */
  certificateAuthorityFile?: string;
  /** Where the user's name stands; none: `sAMAccountName`, or else `uid`. */
  userAttribute?: string;
  departmentAttribute: string;
  contractEndsAttribute?: string;
}

/** Days are included; a membership that a restructuring ended stays, so that the past is not rewritten. */
export interface Member {
  user: string;
  department?: string;
  /** Last day on which the person may launch anything. */
  contractEnds?: IsoDate;
  from?: IsoDate;
  until?: IsoDate;
}

export interface Device {
  /** As it is written in the register. */
  name: string;
  /** The first day on which it may launch nothing any more; `true`: for ever. */
  retired?: true | IsoDate;
  note?: string;
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
  /** Seats that a launch takes of a pool, where it is not one. */
  weights: Record<string, number>;
  whenUnreachable: "allow" | "refuse";
  /** Shown at each launch; with `attest` the person has to say yes to it. */
  permittedUse?: { text: string; attest: boolean };
  /** What becomes of a program that an agent saw start without a seat, and of one whose seat was reclaimed. */
  onDenied: Consequence;
  onReclaimed: Consequence;
  aliases: string[];
  /** What of it is found installed; none: what its name and publisher say (compliance/matching.ts). */
  installed: SoftwareRule[];
}

/** Some of what is installed, by patterns in which `*` stands for any text and `?` for a character; case does not count. */
export interface SoftwareRule {
  name?: string;
  publisher?: string;
  version?: string;
}

export const CONSEQUENCES = ["tell", "close"] as const;
/** The person is told; or the program is asked to close as by its own window, and never killed. */
export type Consequence = (typeof CONSEQUENCES)[number];

export interface VersionWindow {
  current: string;
  previous?: string;
  /** A launch that does not say its version is refused. */
  required: boolean;
  exceptions: { version: string; until: IsoDate; reason: string }[];
}

export const SEAT_PARTS = ["user", "device", "session"] as const;
export type SeatPart = (typeof SEAT_PARTS)[number];

export const METRICS = ["concurrent", "named-user", "device", "site"] as const;

/** The rules are those of licensing terms, and their names are the register's; lengths in milliseconds. */
export interface Pool {
  /** `named-user` and `device` assign their seats; `site` never runs out. */
  metric: (typeof METRICS)[number];
  /** Checkouts that agree on these share one seat; `session`: none do. */
  seatFor: SeatPart[];
  /** Ceilings by site; a site not listed has none of its own. */
  sites: Record<string, { seats: number }>;
  onlySites?: string[];
  allow: Rule[];
  deny: Rule[];
  /** So many checkouts share a seat at most; the next one takes another. */
  sharedBy?: number;
  /** How long an assigned seat stays so without being used. */
  holdMs?: number;
  limits: Limit[];
  reservations: Reservation[];
  overdraft?: { seats: number; forMs?: number };
  /** How long a seat that was given back is kept for its holder, unless somebody else needs it; 0: not at all. */
  lingerMs: number;
  queue?: { maxWaitMs: number };
  idle?: { afterMs: number; reclaims: boolean; countdownMs: number };
  borrow?: { maxMs: number; seats?: number; keepFree: number };
  /** Every rule is run and nobody is denied. */
  observed: boolean;
  breakGlass?: { groups: string[]; perUserPerMonth: number };
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

export const LIMIT_KINDS = ["group", "user", "device", "each"] as const;

/** Most seats of all in a group, of one person or computer (folded), or of each `user` or `device` without one by name. */
export interface Limit {
  kind: (typeof LIMIT_KINDS)[number];
  name: string;
  seats: number;
}

/** Seats that only this group may take; days are included. */
export interface Reservation {
  group: string;
  seats: number;
  from?: IsoDate;
  until?: IsoDate;
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

/** What the figures are for, and what not, where the register has no words of its own for it. */
export const PURPOSE =
  "seatmeter is for planning and complying with software licences. It is not for judging anybody’s attendance or performance.";

/** What people may be, as against programs; whoever is several of these has the last. */
export const PERSON_ROLES = ["viewer", "auditor", "procurement", "manager", "admin"] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

export interface Access {
  /** One way at least. */
  shims?: {
    tokensFile?: string;
    /** Computers come in by keys of their own, for which they exchange a token once. */
    enrolment?: boolean;
    /** Computers come in by certificates of theirs that this authority signed. */
    certificateAuthority?: string;
  };
  people?: PeopleAccess;
}

/** By tokens, by single sign-on, or by either. */
export interface PeopleAccess {
  tokensFile?: string;
  oidc?: SingleSignOn;
  /** Who is asked by people who may not come in. */
  ask?: string;
}

/** An OpenID Connect issuer that says who somebody is. Its file is each daemon's own. */
export interface SingleSignOn {
  issuer: string;
  clientId: string;
  clientSecretFile: string;
  /** Words with spaces between, `openid` among them. */
  scope: string;
  /** The claim whose values give roles, and which they give. */
  roles: { claim: string; map: Record<string, PersonRole> };
}

export const NOTICE_KINDS = ["notice", "expiry", "overdraft", "refusals", "incident", "audit"] as const;
/**
 * What somebody is told of unasked: a day until which notice can be given, an entitlement that ends, more in use than was
 * bought, people who were refused, something to look into, and the head of the audit, every day.
 */
/** Unless somebody chooses: what comes every day is only for who wants it. */
export const USUAL_NOTICES = NOTICE_KINDS.filter((kind) => kind !== "audit");
export type NoticeKind = (typeof NOTICE_KINDS)[number];

export const MAIL_SECURITIES = ["starttls", "tls", "none"] as const;

/** Files are each daemon's own. */
export interface Notices {
  mail?: MailNotices;
  webhooks: WebhookNotices[];
  /** Where people find the pages. */
  pages?: string;
}

export interface MailNotices {
  host: string;
  port?: number;
  security: (typeof MAIL_SECURITIES)[number];
  from: string;
  /** Where nobody whom it concerns has an address. */
  to: string[];
  user?: string;
  passwordFile?: string;
  certificateAuthorityFile?: string;
  about: NoticeKind[];
}

export interface WebhookNotices {
  url: string;
  about: NoticeKind[];
  secretFile: string;
  certificateAuthorityFile?: string;
}
