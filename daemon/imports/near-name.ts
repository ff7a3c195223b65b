import { folded, PoolName } from "../domain/names.ts";

const LONGEST = 64;

/**
 * A name that the register may have (PoolName, GroupName and ProductName are alike), as near to another program's as can
 * be: `Zoë's CAD` is `Zoe-s-CAD`.
 *
 * @param taken     whether a name, folded, means something else already
 * @param otherwise what to call it where nothing of the text may stay
 * @param most      characters, so that something may be put behind it
 */
export function nearName(
  text: string,
  taken: (foldedName: string) => boolean,
  otherwise: string,
  most: number = LONGEST,
): string {
  const near = text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, most);
  let name = near;
  for (let i = 2; taken(folded(name)) || !PoolName.safeParse(name).success; i += 1) {
    const counted = `-${i}`;
    name = `${(near || otherwise).slice(0, LONGEST - counted.length)}${counted}`;
  }
  return name;
}
