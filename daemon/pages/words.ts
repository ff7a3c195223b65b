import { DENIALS, type DenialReason } from "../domain/denials.ts";
import { ELSEWHERE } from "../domain/names.ts";
import type { Register, SeatPart } from "../domain/register.ts";

const REASONS: Record<DenialReason, string> = {
  no_seats: "No seat was free",
  only_reserved_seats: "Only reserved seats were free",
  site_full: "Every seat of the site was in use",
  group_limit: "The group had as many seats as it may",
  user_limit: "The person had as many seats as one may",
  device_limit: "The computer had as many seats as one may",
  borrow_limit: "No more seats may be borrowed",
  cooling_off: "The seat had just been taken back",
  queue_lapsed: "A seat was offered and not taken in time",
  not_entitled: "The person or computer is not among those allowed",
  denied_by_rule: "A rule in the register refuses it",
  site_not_allowed: "May not be used at the site",
  version_retired: "The version is retired",
  use_not_attested: "The permitted use was not agreed to",
  device_retired: "The computer is retired",
  contract_ended: "The person’s contract has ended",
  entitlement_ended: "The entitlement has ended",
  entitlement_not_started: "The entitlement has not begun",
  product_unknown: "No such product in the register",
};

/** A denial's reason as a sentence; the word itself where a newer daemon wrote it. */
export const reasonInWords = (reason: string) => (reason in DENIALS ? REASONS[reason as DenialReason] : reason);

/** A site's name as people say it. */
export const siteInWords = (register: Register, site: string) =>
  site === ELSEWHERE ? "Elsewhere" : (register.sites[site]?.name ?? site);

/** A product's name as people say it. */
export const productInWords = (register: Register, product: string) => register.products[product]?.name ?? product;

/** What a seat is counted for: `each user on each device`. */
export function seatForInWords(parts: readonly SeatPart[]): string {
  if (parts.includes("session")) return "each launch";
  return parts.map((part) => `each ${part === "device" ? "computer" : "person"}`).join(" on ");
}
