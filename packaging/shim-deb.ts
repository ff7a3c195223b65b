import { join } from "node:path";
import { buildDeb } from "./deb.ts";

const FILES = join(import.meta.dirname, "files/shim");
const UNITS = "/usr/lib/systemd/system";

/** The shim for Debian and Ubuntu: the single file, the agent's unit, and what a silent install is told. */
export const shimDeb = (architecture: "amd64" | "arm64", singleFile: string, into: string) =>
  buildDeb(
    {
      ...{ name: "seatmeter", architecture },
      depends: "libc6 (>= 2.17)",
      description: [
        "licence metering: seats for programs of this computer",
        "Asks for a seat before a licensed program starts, and gives it back at its end.",
      ],
      conffiles: [],
      scripts: FILES,
      files: [
        { to: "/usr/bin/seatmeter", from: singleFile, executable: true },
        { to: "/usr/lib/seatmeter/set-up", from: join(FILES, "set-up"), executable: true },
        { to: "/usr/lib/seatmeter/enrol", from: join(FILES, "enrol"), executable: true },
        { to: "/usr/share/seatmeter/shim.yaml", from: join(FILES, "shim.yaml") },
        ...["seatmeter-agent.service", "seatmeter-enrol.service"].map((unit) => ({
          ...{ to: `${UNITS}/${unit}`, from: join(FILES, unit) },
        })),
      ],
    },
    into,
  );
