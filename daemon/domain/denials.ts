/**
 * Every reason for which a launch is refused.
 *
 * `seats`: for want of seats, so that another pool may be tried and a retry may help; `sizing`: counts when the number
 * of seats to renew is worked out; `exit`: the command's exit code; `status`: of the HTTP answer.
 */
export const DENIALS = {
  no_seats: { seats: true, sizing: true, exit: 75, status: 409 },
  only_reserved_seats: { seats: true, sizing: true, exit: 75, status: 409 },
  site_full: { seats: true, sizing: false, exit: 75, status: 409 },
  group_limit: { seats: true, sizing: false, exit: 75, status: 409 },
  user_limit: { seats: true, sizing: false, exit: 75, status: 409 },
  device_limit: { seats: true, sizing: false, exit: 75, status: 409 },
  borrow_limit: { seats: true, sizing: false, exit: 75, status: 409 },
  cooling_off: { seats: true, sizing: false, exit: 75, status: 409 },
  queue_lapsed: { seats: true, sizing: false, exit: 75, status: 409 },
  not_entitled: { seats: false, sizing: false, exit: 77, status: 403 },
  denied_by_rule: { seats: false, sizing: false, exit: 77, status: 403 },
  site_not_allowed: { seats: false, sizing: false, exit: 77, status: 403 },
  version_retired: { seats: false, sizing: false, exit: 77, status: 403 },
  use_not_attested: { seats: false, sizing: false, exit: 77, status: 403 },
  device_retired: { seats: false, sizing: false, exit: 77, status: 403 },
  contract_ended: { seats: false, sizing: false, exit: 77, status: 403 },
  entitlement_ended: { seats: false, sizing: false, exit: 77, status: 403 },
  entitlement_not_started: { seats: false, sizing: false, exit: 77, status: 403 },
  product_unknown: { seats: false, sizing: false, exit: 64, status: 404 },
} as const;

export type DenialReason = keyof typeof DENIALS;
export const DENIAL_REASONS = Object.keys(DENIALS) as [DenialReason, ...DenialReason[]];

/** Why a lease is no more. */
export const END_REASONS = [
  "checked_in",
  "program_exited",
  "program_crashed",
  "expired",
  "reclaimed_idle",
  "reclaimed_by_admin",
  "borrow_due",
  "borrow_returned",
  "device_retired",
  "ledger_reset",
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** What is worth knowing about a grant. */
export const GRANT_FLAGS = [
  "shared",
  "resumed",
  "overdraft",
  "observed",
  "break_glass",
  "excess",
  "borrowed",
  "recalled",
  "ungoverned",
  /** Borrowed, lost with the ledger, and there again from the history; under pseudonym until its device speaks. */
  "rebuilt",
] as const;
export type GrantFlag = (typeof GRANT_FLAGS)[number];
