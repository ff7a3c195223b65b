import { isMap, isScalar } from "yaml";
import { folded } from "../domain/names.ts";
import { rewritten } from "./rewritten.ts";

/**
 * The text of a register with a computer taken out of service; what else stands there stays as people wrote it.
 *
 * @param day the first one on which it may launch nothing
 */
export const withRetired = (text: string, device: string, day: string, note: string): string =>
  rewritten(text, (document) => {
    const devices = document.get("devices");
    // Somebody may have written it in other letters.
    const written = isMap(devices)
      ? devices.items
          .map(({ key }) => (isScalar(key) ? String(key.value) : ""))
          .find((name) => folded(name) === folded(device))
      : undefined;
    const name = written ?? device;
    if (!isMap(devices)) document.set("devices", document.createNode({ [name]: { retired: day, note } }));
    else document.setIn(["devices", name], document.createNode({ retired: day, note }));
  });
