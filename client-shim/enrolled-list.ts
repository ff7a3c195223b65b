import { plain } from "./denial.ts";
import { HttpApi } from "./http-api.ts";
import { print } from "./print.ts";
import { table } from "./table.ts";

/** As the API tells it. */
interface EnrolledDevice {
  device: string;
  enrolledAtMs: number;
  by: string;
  keyId: string;
  lastSeen?: string;
  revokedAtMs?: number;
}

/** Every computer that has a key of its own, by name, and then those whose key was taken away, the last first. */
export async function listEnrolled(url: string | undefined, json: boolean): Promise<number> {
  const api = await HttpApi.open(url);
  // While the list changes, a page may bring again what one before it brought.
  const found = new Map<string, EnrolledDevice>();
  for (const one of await api.list<EnrolledDevice>("/api/v1/devices"))
    found.set(`${one.device.toLowerCase()} ${one.revokedAtMs ?? ""}`, one);
  const devices = [...found.values()].sort(byNameAndRevoked);
  if (json) print(`${JSON.stringify({ devices }, undefined, 2)}\n`);
  else print(devices.length === 0 ? "No computer is enrolled.\n" : asTable(devices));
  return 0;
}

const byNameAndRevoked = (one: EnrolledDevice, other: EnrolledDevice) =>
  (one.revokedAtMs === undefined ? 0 : 1) - (other.revokedAtMs === undefined ? 0 : 1) ||
  (other.revokedAtMs ?? 0) - (one.revokedAtMs ?? 0) ||
  one.device.localeCompare(other.device, "en", { numeric: true });

const asTable = (devices: readonly EnrolledDevice[]) =>
  table(
    ["COMPUTER", "ENROLLED", "BY", "LAST SEEN", "REMOVED", "KEY"].map((heading) => ({ heading })),
    devices.map(({ device, enrolledAtMs, by, lastSeen = "never", revokedAtMs, keyId }) => [
      ...[plain(device), dayOf(enrolledAtMs), plain(by), plain(lastSeen)],
      ...[revokedAtMs === undefined ? "" : dayOf(revokedAtMs), plain(keyId)],
    ]),
  );

/** Of this computer's time zone, as the register writes days. */
const dayOf = (atMs: number) => new Date(atMs).toLocaleDateString("sv");
