/*
 * THE TABLES of what a line of a FlexNet debug log may say. `8:42:30 (adskflex) OUT: "87545ACD_2022_0F" u1@h1  `
 */

/** Time of day, the daemon that writes, and the rest. */
export const LINE = /^\s*(\d{1,2}):(\d\d):(\d\d) \(([^()\s]+)\) ?(.*)$/;

/** Where a line begins in the middle of another: daemons that write one file tear each other's lines. */
export const TORN = /(?<!\d)(?=\d{1,2}:\d\d:\d\d \([^()\s]+\) (?:OUT|IN|DENIED|QUEUED|DEQUEUED): )/;

/** Something of a launch, whether we can read the rest or not. */
export const KIND = /^(?:OUT|IN|DENIED|QUEUED|DEQUEUED)(?=[:\s]|$)/;
/** What counts, so that nobody may miss it: at the start of a message, and anywhere in what is no line of a log. */
export const COUNTED = /^(?:OUT|IN|DENIED)\b/;
export const COUNTED_SOMEWHERE = /(?:^|[\s)])(?:OUT|IN|DENIED): /;

/** What happened, the feature (old daemons write no quotes), and the rest. */
export const USE = /^(OUT|IN|DENIED|QUEUED|DEQUEUED): *(?:"([^"]+)"|([^\s"]+)) +([^"\s].*)$/;

/** Who, where, and what stands behind in brackets. A user's name may hold spaces, brackets and at signs. */
export const HOLDER = /^(.*?)@(\S.*?)(?:\s+(?=[([]|\^\^\^)(.*))?\s*$/;
export const SEATS = /\((\d+) licenses?\)/;
/** The last bracket: `(Licensed number of users already reached. (-4,342))`, `(SHUTDOWN)`. */
export const REASON = /\(([^()[\]]*(?:\([^()]*\)[^()]*)?)\)\s*(?:\^\^\^.*)?$/;
/** What a wordy daemon adds: version, user, address, process, handle, in use, out of. */
export const WORDY = /\^\^\^\s*\S+ (.*?) (\S+) (\d+) (\S+) (\d+) (\d+) /;

/** Every form in which a date is told: with slashes month, day, year; in words with the time beside it. */
export const SLASH_DATES = [
  /^TIMESTAMP (\d{1,2})\/(\d{1,2})\/(\d{4})/,
  / started on .*\((\d{1,2})\/(\d{1,2})\/(\d{4})\)\s*$/,
];
export const WORD_DATE =
  /(?:Start-Date|System Date and Time|\) Time|Reread time): \w{3} (\w{3}) (\d{1,2}) (\d{4}) (\d\d):(\d\d):(\d\d)/;
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** By whom a line is written that says that a vendor daemon begins or ends, and with it every session. */
export const RESTARTS = [
  { by: "lmgrd", form: /licensing .* started on /i, whose: "all", begins: true },
  { by: "lmgrd", form: /^(?:re)?started (\S+) \((?:pid|internet)/i, whose: "named", begins: true },
  { by: "lmgrd", form: /^(\S+) exited with status/i, whose: "named", begins: false },
  { by: "vendor", form: /^flex\w* (?:licensing )?version /i, whose: "own", begins: true },
  { by: "vendor", form: /^exiting (?:due to signal|with code)/i, whose: "own", begins: false },
  { by: "vendor", form: /^daemon shutdown requested/i, whose: "own", begins: false },
] as const;

/** A package and the features that come with it: `64300ACD_F (consisting of:`, names over several lines, `)`. */
export const PACKAGE = /(\S+) \(consisting of:/;
