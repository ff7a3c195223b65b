import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, startOfDayMs } from "../../daemon/domain/calendar.ts";
import { mayCountTwice } from "../../daemon/domain/one-person.ts";
import { countPeople } from "../../daemon/history/people.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { record, registerWith, type Told } from "../support/recorded.ts";

/* Around a new year: on the last days of one and the first of the next, with sessions that end on midnights too. */

const HOURS = 6 * 24;
const FIRST = "2026-12-29";
const textOf = (hour: number) =>
  new Date(startOfDayMs(FIRST, "Europe/London") + hour * 3_600_000).toISOString().slice(0, 16);
const hour = fc.oneof(
  fc.nat(HOURS),
  fc.nat(HOURS / 24).map((day) => day * 24),
);
const anySession = fc
  .record({
    ...{
      from: hour,
      lasts: fc.constantFrom(0, 0, 1, 5, 24, 48, undefined),
      person: fc.constantFrom("ann", "ben", "cleo"),
    },
    ...{ device: fc.constantFrom("pc-1", "pc-2"), department: fc.constantFrom("", "Planning") },
    flags: fc.constantFrom("", "", "", "observed"),
  })
  .map(({ from, lasts, person, device, ...rest }) => {
    const year = Number(textOf(from).slice(0, 4));
    return {
      ...{ ...rest, start: from, end: lasts === undefined ? Number.POSITIVE_INFINITY : from + lasts, person, device },
      told: {
        ...{ person: `${person}-${year}`, personLastYear: `${person}-${year - 1}` },
        ...{ device: `${device}-${year}`, deviceLastYear: `${device}-${year - 1}` },
        ...{ ...rest, from: textOf(from), ...(lasts !== undefined && { until: textOf(from + lasts) }) },
      } satisfies Told,
    };
  });
const anyInput = fc.record({
  sessions: fc.array(anySession, { maxLength: 6 }),
  firstDay: fc.nat(5),
  days: fc.integer({ min: 1, max: 6 }),
});

onBothEngines((engine) => {
  test("as many people are told as used a pool on those days, whatever their pseudonyms were", async () => {
    const history = await openTestHistory(await engine.newPlace());
    const inputs = fc.sample(anyInput, 2000);
    const launches = inputs.flatMap(({ sessions }, i) => sessions.map(({ told }) => ({ ...told, pool: `p${i}` })));
    await record(history, ...launches);
    const register = registerWith();
    for (const [i, { sessions, firstDay, days }] of inputs.entries()) {
      const from = addDays(FIRST, firstDay);
      const period = { from, until: addDays(from, days - 1) };
      const there = sessions.filter(
        ({ start, end, flags }) =>
          flags === "" && start < (firstDay + days) * 24 && Math.max(end, start + 0.1) > firstDay * 24,
      );
      const of = (name: string) => there.filter(({ department }) => department === name);
      const people = (some: typeof there) => new Set(some.map(({ person }) => person)).size;
      const names = new Set(there.map(({ department }) => department));
      expect(
        await countPeople(history.db, register, { pool: `p${i}`, names: [`p${i}`] }, [period]),
        JSON.stringify(inputs[i]),
      ).toEqual([
        {
          ...{ pool: `p${i}`, ...period, people: people(there) },
          seatKeys: new Set(there.map(({ person, device }) => `${person} ${device}`)).size,
          byDepartment: Object.fromEntries([...names].sort().map((name) => [name, people(of(name))])),
        },
      ]);
    }
  });

  test("over more than two calendar years everybody counts once who came in each, and who stayed away for one counts twice", async () => {
    const history = await openTestHistory(await engine.newPlace());
    const came = (person: string, device: string, year: number): Told => ({
      ...{ person: `${person}-${year}`, personLastYear: `${person}-${year - 1}`, department: "Planning" },
      ...{ device: `${device}-${year}`, deviceLastYear: `${device}-${year - 1}` },
      ...{ from: `${year}-05-05T09:00`, until: `${year}-05-05T10:00`, pool: "cad" },
    });
    const years = (person: string, device: string, ...of: number[]) => of.map((year) => came(person, device, year));
    await record(
      history,
      ...years("ann", "pc-1", 2023, 2024, 2025, 2026),
      ...years("ben", "pc-2", 2024, 2025),
      ...years("cleo", "pc-3", 2024, 2026),
      ...years("ann", "pc-3", 2025),
    );
    const count = async (from: string, until: string, seatFor = "") => {
      const register = registerWith(seatFor ? { pool: `seatFor: [${seatFor}]` } : {});
      const [counted] = await countPeople(history.db, register, { pool: "cad", names: ["cad"] }, [{ from, until }]);
      return { ...counted, exact: !mayCountTwice(from, until) };
    };
    const all = await count("2023-01-01", "2026-12-31");
    expect(all).toMatchObject({ people: 4, byDepartment: { Planning: 4 }, exact: false });
    // Of computers the one that a person left for a year was another's meanwhile.
    expect((await count("2024-01-01", "2026-12-31", "device")).seatKeys).toBe(3);
    expect(await count("2024-01-01", "2025-12-31")).toMatchObject({ people: 3, exact: true });
    expect(await count("2025-07-01", "2026-06-30")).toMatchObject({ people: 2, exact: true });
    expect(await count("2023-01-01", "2025-12-31")).toMatchObject({ people: 3, exact: false });
  });
});
