import { Buffer } from "node:buffer";
import { SeatmeterError } from "../domain/errors.ts";
import type { Mistake } from "../domain/mistake.ts";
import type { Member } from "../domain/register.ts";
import { readMembers } from "./members.ts";
import type { Outline } from "./outline.ts";
import { FILE_BYTES, type Source } from "./source.ts";

export interface MemberFiles {
  /** Reads a file that the register names; throws where it cannot (text.ts makes text of what was read). */
  readFile?: (name: string) => string;
  /** Content of such files that was published with the register: it wins over what lies on disk. */
  files?: Record<string, string>;
}

/**
 * The members files that the register names: who is in them by group, and their content, which is published with the
 * register because it is policy. A mistake in one is told at the line of the register that names it.
 */
export function readGroupFiles(outline: Outline, source: Source, from: MemberFiles) {
  const members = new Map<string, Member[]>();
  const files: [name: string, content: string][] = [];
  const mistakes: Mistake[] = [];
  for (const [group, { membersFile }] of Object.entries(outline.groups)) {
    if (!membersFile) continue;
    const complain = (message: string) => mistakes.push(source.mistake(["groups", group, "membersFile"], message));
    const content = contentOf(membersFile, from);
    if ("mistake" in content) {
      complain(content.mistake);
      continue;
    }
    files.push([membersFile, content.value]);
    const read = readMembers(content.value);
    members.set(group, read.members);
    for (const { line, column, message } of read.mistakes) complain(`${membersFile}:${line}:${column} ${message}`);
  }
  return { members, files: Object.fromEntries(files), mistakes };
}

function contentOf(name: string, { files = {}, readFile }: MemberFiles): { value: string } | { mistake: string } {
  if (Object.hasOwn(files, name)) return withinLimit(name, files[name]!);
  if (!readFile) return { mistake: `${name} was not published with the register` };
  try {
    return withinLimit(name, readFile(name));
  } catch (error) {
    if (error instanceof SeatmeterError) return { mistake: error.message };
    return { mistake: `${name} cannot be read: ${error instanceof Error ? error.message : error}` };
  }
}

function withinLimit(name: string, content: string): { value: string } | { mistake: string } {
  if (Buffer.byteLength(content) > FILE_BYTES) return { mistake: `${name} is larger than ${FILE_BYTES / 1024} KiB` };
  return { value: content };
}
