import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { denialReason, flexnetPast } from "../../daemon/imports/flexnet-launches.ts";
import { FlexnetPools } from "../../daemon/imports/flexnet-pools.ts";
import { logLines } from "../../daemon/imports/log-lines.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { logOf, PACKAGE_LINES, pastLogs, pastOf } from "../support/flexnet.ts";

const REAL = join(import.meta.dirname, "../../../shared/data/flexnet");

const soundRegister = (text: string) => {
  const read = readRegister(text, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.register;
};

const PAIRED = [
  "09:00:00 OUT CAD_F asmith@PC-1",
  "09:00:01 OUT CAD_2026_0F ASmith@pc-1",
  "09:30 OUT CAD_2026_0F bjones@PC-2",
  "10:00 IN CAD_2026_0F asmith@PC-1",
  "10:00 IN CAD_F asmith@PC-1",
];

test("a package and what came with it in the same moment are one launch; what came alone is one by itself", async () => {
  const past = await pastOf([...PACKAGE_LINES, ...logOf("2026-03-02", ...PAIRED)]);
  const [file] = past.files;
  expect(file!.launches.map(({ feature, names, session }) => [feature, names, session.user])).toEqual([
    ["CAD_F", ["CAD_F", "CAD_2026_0F"], "asmith"],
    ["CAD_2026_0F", ["CAD_2026_0F"], "bjones"],
  ]);
  expect(past.features.map(({ feature, launches }) => [feature, launches])).toEqual([
    ["CAD_2026_0F", 2],
    ["CAD_F", 1],
  ]);
});

test("two launches of one person in one second are two, each with its own part of the package", async () => {
  const told = ["OUT CAD_F", "OUT CAD_2026_0F", "OUT CAD_F", "OUT CAD_2026_0F"].map((what) => `09:00 ${what} a@PC-1`);
  const [file] = (await pastOf([...PACKAGE_LINES, ...logOf("2026-03-02", ...told)])).files;
  expect(file!.launches.map(({ names }) => names)).toEqual([
    ["CAD_F", "CAD_2026_0F"],
    ["CAD_F", "CAD_2026_0F"],
  ]);
});

test("a denial of a package is one, too, with its reason in our words", async () => {
  const told = ["CAD_F", "CAD_2026_0F"].map(
    (name) => `09:00 DENIED ${name} a@PC-1  (Licensed number of users already reached. (-4,342))`,
  );
  const [log] = await pastLogs([[...PACKAGE_LINES, ...logOf("2026-03-02", ...told)]]);
  expect(log!.denials).toMatchObject([{ pool: "CAD_F", reason: "no_seats" }]);
});

test("the words of a denial say whether a seat was wanting", () => {
  expect(denialReason("Licensed number of users already reached. (-4,342:10054 )")).toBe("no_seats");
  expect(denialReason("User/host not on INCLUDE list for feature. (-39,147)")).toBe("not_entitled");
  expect(denialReason("User/host on EXCLUDE list for feature. (-38,349)")).toBe("denied_by_rule");
  expect(denialReason("Feature has expired. (-10,32)")).toBe("entitlement_ended");
  expect(denialReason("Checkout exceeds MAX specified in options file. (-101,145)")).toBe("group_limit");
  expect(denialReason("something that nobody has seen")).toBe("denied_by_rule");
  expect(denialReason(undefined)).toBe("no_seats");
});

test("logs are read by the dates in them, in whichever order they are named, and one without stays behind its own", async () => {
  const first = logOf("2026-03-02", "22:00 OUT CAD_F a@PC-1", "23:00 OUT CAD_F b@PC-2");
  const undated = logOf("2026-03-03", "08:00 IN CAD_F b@PC-2").slice(1);
  const third = [...logOf("2026-03-04", "09:00 IN CAD_F a@PC-1", "10:00 OUT CAD_F c@PC-3")];
  const launches = async (...logs: string[][]) =>
    (await pastOf(...logs)).files.flatMap((file) => file.launches.map(({ session }) => session));

  const named = await launches(first, undated, third);
  expect(named.map(({ user, untilMs }) => [user, untilMs && new Date(untilMs).toISOString()])).toEqual([
    ["a", "2026-03-04T09:00:00.000Z"],
    ["b", "2026-03-03T08:00:00.000Z"],
    ["c", undefined],
  ]);
  expect(await launches(third, first, undated)).toEqual(named);
});

test("a launch goes on until a restart forgot it, or until the logs end, and is told so", async () => {
  const lines = logOf(
    "2026-03-02",
    "09:00 OUT CAD_F a@PC-1",
    "10:00 IN CAD_F z@PC-9",
    "11:00 RESTART",
    "12:00 OUT CAD_F b@PC-2",
    "13:00 OUT CAD_F c@PC-3",
    "14:00 IN CAD_F c@PC-3",
  );
  const [log] = await pastLogs([lines]);
  const at = (time: string) => Date.parse(`2026-03-02T${time}:00Z`);
  expect(log!.launches.map(({ fromMs, untilMs, why }) => [fromMs, untilMs, why])).toEqual([
    [at("09:00"), at("10:00"), "expired"],
    [at("12:00"), at("14:00"), "ledger_reset"],
    [at("13:00"), at("14:00"), "checked_in"],
  ]);
  expect(log!.ends).toMatchObject([{ product: "CAD_F", atMs: at("10:00") }]);
});

test("ids are made of what happened: the same in any log that tells of it, and of no two things the same", async () => {
  const whole = logOf("2026-03-02", "09:00 OUT CAD_F a@PC-1", "09:00 OUT CAD_F a@PC-1", "10:00 OUT CAD_F b@PC-2");
  const [first] = await pastLogs([whole]);
  const [later] = await pastLogs([[...logOf("2026-03-02"), ...whole.slice(-1)]]);
  const ids = first!.launches.map(({ leaseId }) => leaseId);
  expect(new Set(ids).size).toBe(3);
  expect(later!.launches.map(({ leaseId }) => leaseId)).toEqual(ids.slice(-1));
  expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test("a name is counted where the register lists it, else where it is the name, else in a pool named after it", () => {
  const register = soundRegister(`
organisation: x
products:
  cad: { owner: o, flexnet: [CAD_2026_0F], pools: [cad-seats, more] }
  view: { owner: o, pools: [view-seats] }
pools: { cad-seats: {}, more: {}, view-seats: {}, SUMS: {} }
`);
  const pools = new FlexnetPools(register);
  expect(pools.of(["CAD_F", "CAD_2026_0F"])).toEqual({ product: "cad", pool: "cad-seats", known: true });
  expect(pools.of(["cad_2026_0f"])).toMatchObject({ pool: "cad-seats" });
  expect(pools.of(["VIEW"])).toMatchObject({ product: "view", pool: "view-seats" });
  expect(pools.of(["Sums"])).toMatchObject({ pool: "SUMS" });
  expect(pools.of(["Zoë's / CAD"])).toEqual({ product: "Zoe-s-CAD", pool: "Zoe-s-CAD", known: false });
  expect(pools.of(["none"])).toMatchObject({ pool: "none-2" });
  expect(new FlexnetPools(undefined).of(["64300ACD_F"])).toMatchObject({ product: "64300ACD_F", pool: "64300ACD_F" });
});

// The logs lie beside the project, not in it.
if (existsSync(REAL)) {
  describe("a real log", () => {
    test("every launch of Autodesk's packages is one, and each OUT and IN line is read", async () => {
      const past = await flexnetPast([join(REAL, "autodesk.log.gz")], "Europe/London", logLines);
      const of = (name: string) => past.features.find(({ feature }) => feature === name);
      expect(of("64300ACD_F")).toMatchObject({ launches: 1677, peakSessions: 242, peakUserDevice: 146, denials: 0 });
      expect(past.unread).toBe(0);
      const [file] = past.files;
      const byFeature = Map.groupBy(file!.launches, ({ feature }) => feature);
      expect(Object.fromEntries([...byFeature].map(([feature, all]) => [feature, all.length]))).toEqual({
        ...{ "64300ACD_F": 1677, "64801INVPROSA_F": 1920, "64900CIV3D_F": 165, "662003DSMAX_F": 14 },
        ...{ "67600NAVMAN_F": 3, "85950RVT_F": 67, "87577INHSMP_2022_0F": 710 },
      });
    });
  });
}
