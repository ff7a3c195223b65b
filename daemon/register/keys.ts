/** One key of the register, for people. */
export interface RegisterKey {
  /** `pools.*.entitlements[].seats`: `*` stands for names of your own, `[]` for each of a list. */
  path: string;
  means: string;
  /** What holds where it is left out; empty: nothing, or the key is needed. */
  without: string;
  needed: boolean;
}

/** What of a JSON Schema is looked at here. */
interface Schema {
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** Every key, in the order in which a register is written. */
export function keysOf(schema: object, path = ""): RegisterKey[] {
  const { properties = {}, required = [], additionalProperties, items, anyOf = [], oneOf = [] } = schema as Schema;
  const own = Object.entries(properties).flatMap(([name, part]) => {
    const below = path === "" ? name : `${path}.${name}`;
    const key = {
      ...{ path: below, means: part.description ?? "", without: asWritten(part.default) },
      needed: required.includes(name),
    };
    return [key, ...keysOf(part, below)];
  });
  return [
    ...own,
    ...(typeof additionalProperties === "object" ? keysOf(additionalProperties, `${path}.*`) : []),
    ...(items ? keysOf(items, `${path}[]`) : []),
    ...[...anyOf, ...oneOf].flatMap((one) => keysOf(one, path)),
  ];
}

/** As a table of Markdown. */
export function keysAsText(keys: readonly RegisterKey[]): string {
  const rows = keys.map(({ path, means, without, needed }) => {
    const cells = [`\`${path}\``, means.replaceAll("|", "\\|"), needed ? "*needed*" : without && `\`${without}\``];
    return `| ${cells.join(" | ")} |\n`;
  });
  return `| key | means | without it |\n| --- | --- | --- |\n${rows.join("")}`;
}

/** Lists and mappings that are empty say nothing; words stand without quotes, as in the file. */
function asWritten(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  const text = JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ");
  return text === "[]" || text === "{}" ? "" : text;
}
