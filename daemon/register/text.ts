import { Buffer, isUtf8 } from "node:buffer";
import { SeatmeterError } from "../domain/errors.ts";
import { mistakesAsText } from "../domain/mistake.ts";

/**
 * The text of a file that people write. One in another encoding is refused, since it would be read with wrong names and
 * published so.
 *
 * @param name of the file, for the mistake
 * @throws register_invalid, with the place where UTF-8 ends
 */
export function readText(bytes: Uint8Array, name: string): string {
  const text = Buffer.from(bytes).toString("utf8");
  if (isUtf8(bytes)) return text;
  const asRead = Buffer.from(text);
  const before = Buffer.from(
    bytes.subarray(
      0,
      bytes.findIndex((byte, i) => byte !== asRead[i]),
    ),
  );
  const lines = before.toString("utf8").split("\n");
  const mistake = { line: lines.length, column: lines.at(-1)!.length + 1, path: "" };
  throw new SeatmeterError(
    "register_invalid",
    mistakesAsText(name, [{ ...mistake, message: "is not UTF-8 from here on: save the file as UTF-8" }]),
  );
}
