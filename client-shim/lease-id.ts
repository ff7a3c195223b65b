/** A UUID of version 7: it begins with the moment, so that ids made later sort later. */
export function newLeaseId(nowMs = Date.now()): string {
  const moment = nowMs.toString(16).padStart(12, "0");
  // What follows the moment is as in one of version 4, but for the version; its own bytes would take longer to write out.
  return `${moment.slice(0, 8)}-${moment.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
