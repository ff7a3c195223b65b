import { zoneOffsetMs } from "../domain/calendar.ts";

const DAY_MS = 86_400_000;
/** How far a line's clock may lie behind the one before: winter time begins, or two daemons write one file. */
const BACK_MS = 65 * 60_000;
/** Two daemons that write one file are seldom further apart than this. */
const DISORDER_MS = 60_000;

/**
 * Gives the lines of a log their dates. A line has only a time of day; a date is told now and then, and after the
 * first lines of a file have been written. So the clock runs on days of its own until a date is told; what was read
 * before lies that much further on.
 *
 * "Local" times here are what a clock on the wall showed, in milliseconds as if it showed UTC.
 */
export class FlexnetClock {
  #firstMs: number | undefined;
  /** The latest line of this file, and the last of the files before. */
  #localMs: number | undefined;
  #fileBeforeMs: number | undefined;
  #dated = false;

  /** Is the date of the lines known? If not, what `read` says counts from an arbitrary day. */
  get dated() {
    return this.#dated;
  }

  /** When the file began, in local milliseconds; nothing before its date is known. */
  get beganMs() {
    return this.#dated ? this.#firstMs : undefined;
  }

  /** @returns local milliseconds of a line with this time of day */
  read(timeOfDayMs: number): number {
    const localMs = this.#localMs === undefined ? timeOfDayMs : following(timeOfDayMs, this.#localMs);
    this.#firstMs ??= localMs;
    this.#localMs = Math.max(this.#localMs ?? localMs, localMs);
    return localMs;
  }

  /**
   * A line told its date.
   *
   * @param localMs what `read` said of the line
   * @param dateMs  that day's local midnight; or, `exact`, a moment at most half a day away from the line's
   * @returns what to add to this and earlier lines of the file: 0 if their date was known
   */
  tell(localMs: number, dateMs: number, exact: boolean): number {
    const days = (dateMs - (exact ? localMs : Math.floor(localMs / DAY_MS) * DAY_MS)) / DAY_MS;
    const shiftMs = Math.round(days) * DAY_MS;
    this.#localMs = localMs + shiftMs;
    const earlierMs = this.#dated ? 0 : shiftMs;
    if (this.#firstMs !== undefined) this.#firstMs += earlierMs;
    this.#dated = true;
    return earlierMs;
  }

  /**
   * The file ends; before the next one begins days may pass.
   *
   * @returns what to add to its lines: 0 if their date was known. A file that tells no date is taken to follow the one
   *   before within a day; where there is none, nothing can be said
   */
  nextFile(): number | undefined {
    let shiftMs: number | undefined = 0;
    if (!this.#dated && this.#firstMs !== undefined) {
      const before = this.#fileBeforeMs;
      shiftMs = before === undefined ? undefined : following(this.#firstMs, before) - this.#firstMs;
    }
    if (this.#localMs !== undefined && shiftMs !== undefined) this.#fileBeforeMs = this.#localMs + shiftMs;
    this.#firstMs = undefined;
    this.#localMs = undefined;
    this.#dated = false;
    return shiftMs;
  }
}

/** The first moment with that time of day after `lastMs`, or not long before it. */
const following = (timeOfDayMs: number, lastMs: number) =>
  lastMs - BACK_MS + modulo(timeOfDayMs - lastMs + BACK_MS, DAY_MS);

/** Turns what a clock on the wall showed into moments, in order of time. */
export class LocalTimes {
  readonly #timezone: string;
  readonly #days = new Map<number, { before: number; after: number }>();
  #latestMs = 0;

  constructor(timezone: string) {
    this.#timezone = timezone;
  }

  /** The latest moment so far. */
  get latestMs() {
    return this.#latestMs;
  }

  /** @returns epoch milliseconds; in an hour that the clock showed twice the one that keeps the order */
  atMs(localMs: number): number {
    const { before, after } = this.#offsetsAround(localMs);
    const early = localMs - before;
    const late = localMs - after;
    const atMs = before === after ? early : this.#chosen(early, before, late, after);
    this.#latestMs = Math.max(this.#latestMs, atMs);
    return atMs;
  }

  #chosen(early: number, before: number, late: number, after: number): number {
    const earlyExists = zoneOffsetMs(early, this.#timezone) === before;
    const lateExists = zoneOffsetMs(late, this.#timezone) === after;
    if (earlyExists && lateExists) return early < this.#latestMs - DISORDER_MS ? late : early;
    return lateExists ? late : early;
  }

  #offsetsAround(localMs: number) {
    const day = Math.floor(localMs / DAY_MS);
    let offsets = this.#days.get(day);
    if (!offsets) {
      offsets = {
        before: zoneOffsetMs((day - 1) * DAY_MS, this.#timezone),
        after: zoneOffsetMs((day + 2) * DAY_MS, this.#timezone),
      };
      this.#days.set(day, offsets);
    }
    return offsets;
  }
}

const modulo = (value: number, by: number) => ((value % by) + by) % by;
