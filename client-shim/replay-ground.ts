import { SeatmeterError } from "../daemon/domain/errors.ts";
import type { HttpApi } from "./http-api.ts";
import { type Named, type ReplayRegister, runOf } from "./replay-register.ts";

interface PoolCounts {
  pool: string;
  used: number;
  dayPeak: number;
}

/**
 * Put a register for this replay in force, over none but one that a replay made.
 *
 * @param registerOf the register of a run
 * @param way        what to do where the register in force is somebody's
 * Errors: SeatmeterError settings_invalid where it is; as HttpApi.ask.
 */
export async function prepareGround(
  api: HttpApi,
  registerOf: (run: number) => ReplayRegister,
  way: string,
): Promise<Named[]> {
  const inForce = await api.ask<{ text: string }>("GET", "/api/v1/register");
  const last = runOf(inForce.text);
  if ("organisation" in last) {
    throw new SeatmeterError(
      "settings_invalid",
      `The register in force is that of ${last.organisation || "somebody"}, and a replay puts its own only over another ` +
        `replay's. ${way}`,
    );
  }
  const same = registerOf(last.run);
  if (same.text === inForce.text && (await poolsOf(api)).every(({ used, dayPeak }) => used === 0 && dayPeak === 0)) {
    return same.names;
  }
  const next = registerOf(last.run + 1);
  await api.ask("PUT", "/api/v1/register", { text: next.text, files: {} });
  return next.names;
}

/** Highest use that the daemon tells of each pool: its day's peak, kept over midnights. */
export class PeaksSeen {
  readonly used = new Map<string, number>();
  readonly #peaks = new Map<string, number>();
  readonly #api: HttpApi;

  constructor(api: HttpApi) {
    this.#api = api;
  }

  of(pool: string): number {
    return this.#peaks.get(pool) ?? 0;
  }

  /** Errors: as HttpApi.ask. */
  async look(): Promise<void> {
    for (const { pool, used, dayPeak } of await poolsOf(this.#api)) {
      this.#peaks.set(pool, Math.max(this.of(pool), dayPeak));
      this.used.set(pool, used);
    }
  }
}

const poolsOf = (api: HttpApi) => api.list<PoolCounts>("/api/v1/pools");
