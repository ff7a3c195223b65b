import type { Software } from "../../daemon/domain/inventory.ts";
import { NoOutput, type OutputOf, rowsOf } from "./output-of.ts";

/** Applications of Flatpak; from which remote they come is named by whoever added it, so it is no publisher. */
export async function flatpaks(outputOf: OutputOf): Promise<Software[]> {
  const listed = (await outputOf("flatpak", ["list", "--app", "--columns=name,version"])) ?? "";
  return rowsOf(listed).map(([name = "", version = ""]) => ({ name, version, publisher: "" }));
}

/** `Name  Version  Rev  Tracking  Publisher  Notes`, a line each; a publisher that is verified bears a mark. */
export async function snaps(outputOf: OutputOf): Promise<Software[]> {
  const listed = (await outputOf("snap", ["list", "--color=never", "--unicode=never"])) ?? "";
  const [heading = "", ...lines] = listed.split("\n").filter(Boolean);
  if (heading === "" || heading.startsWith("No snaps")) return [];
  if (!/^Name\s+Version\s+Rev\s+Tracking\s+Publisher/.test(heading)) {
    throw new NoOutput("snap", { message: "its list has other columns than are known" });
  }
  return lines.map((line) => {
    const [name = "", version = "", , , publisher = ""] = line.split(/\s+/);
    return { name, version, publisher: publisher.replace(/[*✓✪]+$/, "").replace(/^-$/, "") };
  });
}
