import { isMap, isScalar, parseDocument } from "yaml";
import { folded } from "../domain/names.ts";

/**
 * The text of a register with a computer taken out of service; comments and order stay as people wrote them.
 *
 * @param day the first one on which it may launch nothing
 */
export function withRetired(text: string, device: string, day: string, note: string): string {
  const document = parseDocument(text);
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
  return document.toString({ lineWidth: 0 });
}
