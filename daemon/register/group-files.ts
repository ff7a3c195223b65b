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

/** What of a directory's members is published with the register: a list like a members file, under this name. */
export const listFromDirectory = (group: string) => `${DIRECTORY}${group}`;
export const isFromDirectory = (file: string) => file.startsWith(DIRECTORY);
const DIRECTORY = "directory:";

/**
 * The members files that the register names: who is in them by group, and their content, which is published with the
 * register because it is policy. A mistake in one is told at the line of the register that names it. What was read from
 * a directory lies among the files that were published, and nowhere else.
 */
export function readGroupFiles(outline: Outline, source: Source, from: MemberFiles) {
  const members = new Map<string, Member[]>();
  const files: [name: string, content: string][] = [];
  const mistakes: Mistake[] = [];
  const take = (group: string, key: string, file: string, content: { value: string } | { mistake: string }) => {
    const complain = (message: string) => mistakes.push(source.mistake(["groups", group, key], message));
    if ("mistake" in content) return complain(content.mistake);
    files.push([file, content.value]);
    const read = readMembers(content.value);
    members.set(group, [...(members.get(group) ?? []), ...read.members]);
    for (const { line, column, message } of read.mistakes) complain(`${file}:${line}:${column} ${message}`);
  };
  for (const [group, { membersFile, directory }] of Object.entries(outline.groups)) {
    const list = listFromDirectory(group);
    if (membersFile) take(group, "membersFile", membersFile, contentOf(membersFile, from));
    if (directory && from.files && Object.hasOwn(from.files, list)) {
      take(group, "directory", list, withinLimit(list, from.files[list]!));
    }
  }
  return { members, files: Object.fromEntries(files), mistakes };
}

function contentOf(name: string, { files = {}, readFile }: MemberFiles): { value: string } | { mistake: string } {
  if (isFromDirectory(name)) return { mistake: `${name} is the name of a list from a directory: choose another` };
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
