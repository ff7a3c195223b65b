import type { Span } from "../../daemon/domain/usage.ts";
import type { PoolYear } from "./council-year.ts";

const MINUTE_MS = 60_000;
const SCRAPE_MS = MINUTE_MS;

/**
 * Before and after what is told, long enough that an hour before any moment that matters is whole. Between, nothing can
 * ring: nobody was refused for more than an hour, and less than nine tenths were in use.
 */
const BEFORE_MS = 70 * MINUTE_MS;
const AFTER_MS = 75 * MINUTE_MS;

/** What Prometheus would have scraped of a pool, once a minute, as lines of OpenMetrics. */
export function samplesOf(year: PoolYear, { fromMs, untilMs }: Span): string[] {
  const { pool, seats, floor, refusedMs } = year;
  const scraped = [...scrapes(year, fromMs, untilMs)].filter(({ used, around }) => around || used >= 0.9 * seats);
  const lines = (name: string, read: (scrape: Scrape) => number) =>
    scraped.map((scrape) => `seatmeter_${name}{pool="${pool}",instance="a"} ${read(scrape)} ${scrape.atMs / 1000}`);
  return [
    ...lines("seats_in_use", ({ used }) => used),
    ...lines("seats_entitled", () => seats),
    ...lines("refusal_alert_floor", () => floor),
    ...lines("full_seconds_total", ({ fullMs }) => fullMs / 1000),
    ...lines("people_refused_total", ({ refused }) => refused),
  ];

  function* scrapes({ levels }: PoolYear, startMs: number, endMs: number): Generator<Scrape> {
    let [next, used, fullMs, sinceMs, refused, nearest] = [0, 0, 0, startMs, 0, 0];
    for (let atMs = startMs; atMs < endMs; atMs += SCRAPE_MS) {
      for (let level = levels[next]; level && level.fromMs <= atMs; level = levels[++next]) {
        if (used >= seats && level.fromMs > sinceMs) fullMs += level.fromMs - sinceMs;
        sinceMs = Math.max(sinceMs, level.fromMs);
        used = level.seats;
      }
      if (used >= seats) fullMs += atMs - sinceMs;
      sinceMs = atMs;
      while ((refusedMs[refused] ?? Number.POSITIVE_INFINITY) <= atMs) refused += 1;
      while ((refusedMs[nearest] ?? Number.POSITIVE_INFINITY) < atMs - AFTER_MS) nearest += 1;
      const around = (refusedMs[nearest] ?? Number.POSITIVE_INFINITY) < atMs + BEFORE_MS;
      yield { atMs, used, fullMs, refused, around };
    }
  }
}

interface Scrape {
  atMs: number;
  used: number;
  fullMs: number;
  refused: number;
  /** Somebody is refused around this time. */
  around: boolean;
}
