import type { Compliance } from "../../daemon/compliance/compliance.ts";
import { complianceReport, judgedTitles } from "../../daemon/compliance/report.ts";
import { keyOf } from "../../daemon/domain/inventory.ts";
import type { KnownComputers } from "../../daemon/front/computers.ts";
import { registerOf } from "./registers.ts";
import { at } from "./usage.ts";

/*
 * Made-up computers of a made-up council, with something of every kind to be found; what pages show of them comes out of
 * the real arithmetic.
 */

const NOW = at("2026-11-20T12:00");
const DAY = 86_400_000;

export const COMPUTERS_REGISTER = `
organisation: Exampleshire Council
access: { people: { tokensFile: people.txt, ask: licences@exampleshire.example } }
devices: { PC-99: { retired: 2026-09-01, note: stolen } }
freeSoftware: [{ publisher: "Debian*" }]
products:
  cad: { name: AutoCAD, publisher: Autodesk, owner: planning.systems.and.applications@exampleshire.example, pools: [cad],
    versions: { current: "2026", previous: "2025" } }
  gis: { name: ArcGIS Pro, publisher: Esri, owner: gis@exampleshire.example, pools: [gis] }
  rude: { name: "<script>document.title='owned'</script>", owner: The desk, pools: [rude] }
pools:
  cad: { metric: device, entitlements: [{ reference: A, seats: 3, starts: 2020-01-01 }] }
  gis: { entitlements: [{ reference: B, seats: 5, starts: 2024-01-01, ends: 2026-03-31 }] }
  rude: { entitlements: [{ reference: C, seats: 1, starts: 2020-01-01 }] }
`;

const NAMES = Array.from({ length: 6 }, (_, i) => `PC-${i + 1}`);
const installed = (device: string, name: string, publisher: string, version: string, ago: number) => ({
  ...{ device, name, publisher, version, sinceMs: NOW - ago * DAY },
});
const INSTALLS = [
  ...NAMES.slice(0, 4).map((device, i) =>
    installed(device, "AutoCAD 2026 – English", "Autodesk, Inc.", "25.1", 200 - i),
  ),
  installed("PC-5", "AutoCAD 2019", "Autodesk, Inc.", "23.0", 900),
  ...NAMES.slice(2).map((device) => installed(device, "ArcGIS Pro", "Esri", "3.3", 150)),
  ...NAMES.map((device) => installed(device, "vim", "Debian", "9.0.1378-2", 200)),
  ...NAMES.map((device) => installed(device, "Screen <b>Recorder</b>", "=Unheard of Ltd", "1.0", 40)),
  installed("PC-6", `Averylongnamewithoutanyblank${"x".repeat(120)}`, "", "2", 4),
];

export function councilComputers(): Pick<KnownComputers, "compliance" | "list"> {
  return {
    compliance: async () => councilCompliance(),
    list: async () =>
      [...NAMES, "PC-99", ""].map((name, i) => ({
        ...{ name, site: "elsewhere", software: 3 + i, firstMs: NOW - 200 * DAY, toldMs: NOW - i * DAY },
        retired: name === "PC-99" ? "2026-09-01" : null,
      })),
  };
}

function councilCompliance(): Compliance {
  const { register } = registerOf(COMPUTERS_REGISTER);
  const titles = [...Map.groupBy(INSTALLS, keyOf).values()].map((some) => ({
    ...{ name: some[0]!.name, publisher: some[0]!.publisher, version: some[0]!.version },
    ...{ computers: some.length, sinceMs: Math.min(...some.map(({ sinceMs }) => sinceMs)) },
  }));
  return complianceReport({
    ...{ register, nowMs: NOW, judged: judgedTitles(register, titles), installs: INSTALLS },
    uses: [{ product: "cad", device: "PC-1", deviceLastYear: "", lastMs: NOW - DAY }],
    computers: [...NAMES, "PC-99"].map((device) => ({ device, deviceLastYear: "", toldMs: NOW - DAY })),
    retired: [{ name: "PC-99", from: "2026-09-01", devices: ["PC-99"] }],
    refused: new Map(),
  });
}
