/** What may stand behind a keyword, in its order. */
export type Part = "seats" | "feature" | "type" | "name" | "members" | "seconds" | "hours" | "duplicates" | "switch";

export interface Keyword {
  takes: readonly Part[];
  /** The key of the register that says the same. */
  becomes: string;
  /** What is not quite the same. */
  note: string;
}

/**
 * THE TABLE of keywords that become something in the register: docs/from-flexnet.md shows it, the reader reads lines by
 * it, and each has its converter (options-rules.ts).
 */
export const CONVERTED = {
  GROUP: { takes: ["name", "members"], becomes: "groups.*.members", note: "later lines add to the group" },
  HOST_GROUP: {
    takes: ["name", "members"],
    becomes: "device: and network: rules",
    note: "one for each computer, wherever the group is named: groups are of people here",
  },
  GROUPCASEINSENSITIVE: { takes: ["switch"], becomes: "nothing", note: "case never counts in names here" },
  INCLUDE: {
    takes: ["feature", "type", "name"],
    becomes: "pools.*.allow",
    note: "everybody else is refused, here too",
  },
  EXCLUDE: { takes: ["feature", "type", "name"], becomes: "pools.*.deny", note: "beats allow, here too" },
  INCLUDEALL: {
    takes: ["type", "name"],
    becomes: "pools.*.allow",
    note: "of every feature that the file or --feature names",
  },
  EXCLUDEALL: {
    takes: ["type", "name"],
    becomes: "pools.*.deny",
    note: "of every feature that the file or --feature names",
  },
  RESERVE: {
    takes: ["seats", "feature", "type", "name"],
    becomes: "pools.*.reservations",
    note: "for groups; a USER gets a group of one person; not for HOST, HOST_GROUP, DISPLAY, INTERNET",
  },
  MAX: {
    takes: ["seats", "feature", "type", "name"],
    becomes: "pools.*.limits",
    note: "the most specific applies, not the first in the file: where that matters it is said; not for HOST_GROUP, INTERNET, addresses",
  },
  TIMEOUT: {
    takes: ["feature", "seconds"],
    becomes: "pools.*.idle",
    note: "then: reclaim, after 15 minutes at the least; idle is without a key or a move of the mouse",
  },
  TIMEOUTALL: {
    takes: ["seconds"],
    becomes: "pools.*.idle",
    note: "of every feature that the file or --feature names and that has no TIMEOUT",
  },
  LINGER: {
    takes: ["feature", "seconds"],
    becomes: "pools.*.linger",
    note: "not where seats are assigned to people or computers",
  },
  MAX_BORROW_HOURS: { takes: ["feature", "hours"], becomes: "pools.*.borrow.maxDays", note: "rounded up to days" },
  BORROW_LOWWATER: {
    takes: ["feature", "seats"],
    becomes: "pools.*.borrow.keepFree",
    note: "with maxDays: 7, the week of FlexNet, where no MAX_BORROW_HOURS says otherwise",
  },
  MAX_OVERDRAFT: { takes: ["feature", "seats"], becomes: "pools.*.overdraft.seats", note: "0 is none" },
  DUP_GROUP: {
    takes: ["feature", "duplicates"],
    becomes: "pools.*.seatFor",
    note: "U is user, H and D are device, NONE is session; not V and SITE",
  },
} as const satisfies Record<string, Keyword>;
export type ConvertedKeyword = keyof typeof CONVERTED;

const ACTIVATION = "is about activation from trusted storage, which seatmeter has not";
const NO_SEATS = "is not a rule about seats";
const WHO_BORROWS = "says who may borrow, which here is whoever may use the pool";

/** THE TABLE of keywords that become nothing, and why. */
export const NOT_CONVERTED = {
  INCLUDE_BORROW: WHO_BORROWS,
  EXCLUDE_BORROW: WHO_BORROWS,
  INCLUDE_ENTITLEMENT: ACTIVATION,
  EXCLUDE_ENTITLEMENT: ACTIVATION,
  INCLUDEALL_ENTITLEMENT: ACTIVATION,
  EXCLUDEALL_ENTITLEMENT: ACTIVATION,
  ACTIVATION_LOWWATER: ACTIVATION,
  ACTIVATION_EXPIRY_DAYS: ACTIVATION,
  REPORTLOG: NO_SEATS,
  DEBUGLOG: NO_SEATS,
  NOLOG: NO_SEATS,
  REGISTERED_LOG: NO_SEATS,
  AUTOMATIC_REREAD: NO_SEATS,
  AUTO_ROLLOVER: NO_SEATS,
  FQDN_MATCHING: "says how computers' names are compared, which here is whole, with their domain",
  DAEMON_SELECT_TIMEOUT: NO_SEATS,
  MAX_CONNECTIONS: NO_SEATS,
  WARNING: NO_SEATS,
} as const satisfies Record<string, string>;

export const KEYWORDS: readonly string[] = [...Object.keys(CONVERTED), ...Object.keys(NOT_CONVERTED)];

export const WHO_TYPES = ["USER", "HOST", "DISPLAY", "INTERNET", "PROJECT", "GROUP", "HOST_GROUP"] as const;
export type WhoType = (typeof WHO_TYPES)[number];

/** With a value behind it, each names a part of a feature's licences. */
export const QUALIFIERS = [
  ...["VERSION", "HOSTID", "EXPDATE", "KEY", "SIGN", "ISSUER", "NOTICE", "VENDOR_STRING"],
  ...["DIST_INFO", "USER_INFO", "ASSET_INFO"],
];
