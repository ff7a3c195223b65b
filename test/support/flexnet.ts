import { createHash } from "node:crypto";
import type { PastLog } from "../../daemon/domain/past.ts";
import type { Register } from "../../daemon/domain/register.ts";
import { type FlexnetPast, flexnetPast } from "../../daemon/imports/flexnet-launches.ts";
import { pastLogOf } from "../../daemon/imports/flexnet-past.ts";
import { FlexnetPools } from "../../daemon/imports/flexnet-pools.ts";

/** A log of one day that is told in few words: `"09:00 OUT CAD_F asmith@PC-1"`. */
export function logOf(date: string, ...told: string[]): string[] {
  const [year = "", month = "", day = ""] = date.split("-");
  const american = `${Number(month)}/${Number(day)}/${year}`;
  const lines = told.map((line) => {
    const [time = "", kind = "", feature = "", ...rest] = line.split(" ");
    const moment = time.length === 5 ? `${time}:00` : time;
    return kind === "RESTART"
      ? `${moment} (cadlmd) FlexNet Licensing version v11.18.0.0 build 275847 x64_n6`
      : `${moment} (cadlmd) ${kind}: "${feature}" ${rest.join(" ")}  `;
  });
  return [` 0:00:00 (lmgrd) TIMESTAMP ${american}`, ...lines];
}

export const PACKAGE_LINES = [
  " 0:00:00 (cadlmd) CAD_F (consisting of:\t\tCAD_2026_0F ",
  " 0:00:00 (cadlmd) CAD_2025_0F) ",
];

/** What logs tell, by their lines, each log a file. */
export const pastOf = (...logs: string[][]): Promise<FlexnetPast> =>
  flexnetPast(
    logs.map((_, i) => String(i)),
    "Europe/London",
    async function* (file) {
      yield* logs[Number(file)] ?? [];
    },
  );

const pseudonymOf = (kind: string, name: string, year: number) =>
  createHash("sha256").update(`${kind} ${name.toLowerCase()} ${year}`).digest("base64url").slice(0, 16);

/** The same, as history may know it. */
export async function pastLogs(logs: string[][], register?: Register, departments: Record<string, string> = {}) {
  const past = await pastOf(...logs);
  const pools = new FlexnetPools(register);
  const lastMs = Math.max(...past.files.map(({ untilMs }) => untilMs));
  return past.files.map(
    (file): PastLog =>
      pastLogOf(file, lastMs, {
        pools,
        pseudonym: (kind, name, atMs) => {
          const year = new Date(atMs).getUTCFullYear();
          return { thisYear: pseudonymOf(kind, name, year), lastYear: pseudonymOf(kind, name, year - 1) };
        },
        departmentOf: (user) => departments[user] ?? "",
      }),
  );
}
