import type { Computer, Use } from "./compliance.ts";

/**
 * One name for each computer, whichever year's pseudonym it is met under. Whoever told, or used something, this year is
 * known under last year's name, too; no two computers share one.
 */
export function computerNames(computers: readonly Computer[], uses: readonly Use[]): (device: string) => string {
  const newer = new Map<string, string>();
  for (const { device, deviceLastYear } of [...uses, ...computers]) {
    if (deviceLastYear !== "" && deviceLastYear !== device) newer.set(deviceLastYear, device);
  }
  return (device) => {
    let name = device;
    // Of three years at most, and never in a circle.
    for (let years = 0; years < 3; years++) name = newer.get(name) ?? name;
    return name;
  };
}
