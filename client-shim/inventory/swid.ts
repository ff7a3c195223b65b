import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Software } from "../../daemon/domain/inventory.ts";
import { elementsOf } from "./xml.ts";

/** A tag is some kilobytes long; one with the list of all its files may be longer, and tells us no more. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FILES = 20_000;

/** THE TABLE of folders in which installers leave tags, by system; a star stands for any one name. */
const FOLDERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    ...["/usr/lib/swidtag/*", "/usr/share/swidtag", "/usr/share/*/swidtag", "/usr/share/regid.*"],
    ...["/etc/swid/swidtags.d", "/opt/*/swidtag"],
  ],
  win32: ["C:/ProgramData/regid.*", "C:/Program Files/*/swidtag", "C:/Program Files (x86)/*/swidtag"],
  darwin: ["/Library/Application Support/regid.*", "/usr/local/share/swidtag"],
};

/** What installers say of themselves by tags of ISO/IEC 19770-2:2015. */
export async function swidTags(folders = FOLDERS[process.platform] ?? []): Promise<Software[]> {
  const files: string[] = [];
  for (const pattern of folders) for (const folder of await foldersAt(pattern)) files.push(...(await tagsIn(folder)));
  const tags: Software[] = [];
  for (const file of files.slice(0, MOST_FILES)) {
    const text = await readTag(file);
    const told = text === undefined ? undefined : softwareOfTag(text);
    if (told) tags.push(told);
  }
  return tags;
}

async function foldersAt(pattern: string): Promise<string[]> {
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/").filter(Boolean)) {
    if (!part.includes("*")) found = found.map((folder) => (folder === "" ? part : join(folder, part)));
    else {
      const [before = "", after = ""] = part.split("*");
      const fits = (name: string) => name.startsWith(before) && name.endsWith(after);
      const inside = await Promise.all(found.map(async (folder) => ({ folder, names: await namesIn(folder) })));
      found = inside.flatMap(({ folder, names }) => names.filter(fits).map((name) => join(folder, name)));
    }
  }
  return found;
}

const tagsIn = async (folder: string) =>
  (await namesIn(folder)).filter((name) => name.endsWith(".swidtag")).map((name) => join(folder, name));

/** One that is not there, or may not be read, has none. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

async function readTag(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > MOST_BYTES) return undefined;
    const bytes = await readFile(file);
    // As XML may be written, and Windows' own libraries do where nobody tells them otherwise.
    return bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf16le" : "utf8");
  } catch {
    return undefined;
  }
}

/**
 * @returns nothing for what is no such tag, is damaged, or tells of a patch, of what could be installed, or of what
 *   another tag tells of
 */
export function softwareOfTag(text: string): Software | undefined {
  const elements = elementsOf(text);
  const [root, ...inside] = elements ?? [];
  if (root?.name !== "SoftwareIdentity" || root.attributes.name === undefined) return undefined;
  const { name, version = "", ...kind } = root.attributes;
  if (["patch", "corpus", "supplemental"].some((one) => kind[one] === "true" || kind[one] === "1")) return undefined;
  const makers = inside.filter((element) => element.name === "Entity" && /\bsoftwareCreator\b/.test(role(element)));
  return { name, version, publisher: makers[0]?.attributes.name ?? "" };
}

const role = ({ attributes }: { attributes: Record<string, string> }) => attributes.role ?? "";
