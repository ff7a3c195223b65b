import type { DenialReason } from "../daemon/domain/denials.ts";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { only, parsed } from "./arguments.ts";
import { denialExit, plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";

export const usage = `
Usage: seatmeter explain PRODUCT --user U [--device D] [--site S] [--version V] [--json] [--url URL]

Would this person be granted a seat of PRODUCT now, and which rule decides? No seat is taken, and nothing is recorded
as a denial.

  --user U      the person's name in the operating system
  --device D    the computer's name · --site S  the site, as the register calls it · --version V  of the product
  --json        the daemon's own answer, for scripts
  --url URL     a daemon's address, instead of SEATMETER_URL

Exit code: 0 it would be granted · 75 no seat is free · 77 not allowed · 64 no such product
  69 no daemon answers
`;

/** As `/api/v1/explain` says it. */
interface Explanation {
  decision: "granted" | "denied";
  reason?: DenialReason;
  /** Where in the register the rule stands that decided. */
  rule?: string;
  message: string;
  /** The rules that were asked, in order. */
  checked: string[];
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args, {
    user: { type: "string" },
    device: { type: "string" },
    site: { type: "string" },
    version: { type: "string" },
    json: { type: "boolean" },
    url: { type: "string" },
  });
  const product = only(positionals, "PRODUCT");
  const { user, device, site, version } = values;
  if (user === undefined) throw new SeatmeterError("usage", "--user is missing.");
  const api = await HttpApi.open(values.url);
  const question = {
    product,
    user,
    ...(device !== undefined && { device }),
    ...(site !== undefined && { site }),
    ...(version !== undefined && { version }),
  };
  const answer = await api.ask<Explanation>("POST", "/api/v1/explain", question);
  print(values.json ? `${JSON.stringify(answer)}\n` : inWords(answer));
  return answer.reason === undefined ? 0 : denialExit(answer.reason);
}

/** What is looked at, as people say it; a name that only a newer daemon has stands for itself. */
export const CHECKS: Record<string, string> = {
  products: "the product",
  versions: "the version",
  deny: "who may not",
  allow: "who may",
  onlySites: "the sites it is for",
  sites: "the site's ceiling",
  seatFor: "a seat to share",
  reclaimed: "whether the person's seat was just reclaimed",
  seats: "free seats",
  limits: "limits",
  reservations: "reservations",
  borrow: "what may be borrowed",
  permittedUse: "the permitted use",
  devices: "whether the computer is in use",
  contract: "the person's contract",
};

function inWords({ decision, reason, rule, message, checked }: Explanation): string {
  const checks = checked.map((check) => (Object.hasOwn(CHECKS, check) ? CHECKS[check] : plain(check)));
  const lines = [
    ["decision", reason === undefined ? decision : `${decision}: ${reason}`],
    ["why", plain(message)],
    ["rule", rule === undefined ? undefined : `${plain(rule)}, in the register`],
    ["checked", checks.join(" · ")],
  ];
  return lines.map(([name, value]) => (value ? `${name!.padEnd(10)}${value}\n` : "")).join("");
}
