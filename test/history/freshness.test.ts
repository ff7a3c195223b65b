import { expect, test } from "vitest";
import { Rollups } from "../../daemon/history/rollups.ts";
import { RenewalDesk } from "../../daemon/renewals/desk.ts";
import { workOut } from "../../daemon/renewals/work-out.ts";
import { onBothEngines, openTestHistory } from "../support/history.ts";
import { record, registerWith } from "../support/recorded.ts";
import { at } from "../support/usage.ts";

onBothEngines((engine) => {
  /** A past that was written down at once, and whose days nobody has worked out yet. */
  async function openBehind() {
    const history = await openTestHistory(await engine.newPlace());
    await record(history, { person: "ann", from: "2026-03-02 09:00", until: "2026-03-02 10:00" });
    const parts = { history, register: () => registerWith(), now: () => at("2026-05-14 12:00") };
    return { ...parts, rollups: new Rollups({ ...parts, me: "me" }) };
  }

  test("who asks while days are being worked out is answered from what there is, and told so", async () => {
    const parts = await openBehind();
    const going = Promise.withResolvers<void>();
    const working = parts.rollups.run(() => going.promise);
    const desk = new RenewalDesk({ ...parts, patienceMs: 0 });
    expect(await desk.calendar()).toMatchObject({ behind: true });
    expect(await desk.report("cad")).toMatchObject({ behind: true });
    going.resolve();
    await working;
    await expect.poll(() => desk.report("cad")).toMatchObject({ behind: false, report: { launches: 1 } });
    expect(await desk.calendar()).toMatchObject({ behind: false });
  });

  test("what is soon done is waited for, and nobody is told anything", async () => {
    const parts = await openBehind();
    const desk = new RenewalDesk({ ...parts, patienceMs: Number.POSITIVE_INFINITY });
    expect(await desk.report("cad")).toMatchObject({ behind: false, report: { launches: 1 } });
  });

  test("that days cannot be worked out is told to who waits for them", async () => {
    const parts = await openBehind();
    const run = () => Promise.reject(new Error("no disk"));
    const desk = new RenewalDesk({ ...parts, rollups: { run, underWay: undefined } });
    await expect(desk.report("cad")).rejects.toThrow("no disk");
  });

  test("working all of it out tells how far it is, and leaves nothing to do for who comes next", async () => {
    const parts = await openBehind();
    const told: number[] = [];
    expect(await workOut(parts, (_pool, share) => void told.push(share))).toBe(true);
    expect(told).toEqual([0.5, 1]);
    expect(await parts.rollups.run()).toEqual([]);
    const people = await parts.history.db.selectFrom("people_counts").select("people").execute();
    expect(people.length).toBeGreaterThan(0);
  });
});
