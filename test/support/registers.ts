import { type Mistake, readRegister } from "../../daemon/register/read.ts";

/** The smallest register there is. */
export const ORGANISATION = "organisation: Exampleshire Council\n";

export function registerOf(text: string, files: Record<string, string> = {}) {
  const read = readRegister(text, { files });
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes, null, 1));
  return read;
}

export function mistakesOf(text: string, files: Record<string, string> = {}): Mistake[] {
  const read = readRegister(text, { files });
  return "mistakes" in read ? read.mistakes : [];
}

/** `line:column message` each, which is what most tests are about. */
export const told = (text: string, files: Record<string, string> = {}) =>
  mistakesOf(text, files).map(({ line, column, message }) => `${line}:${column} ${message}`);
