import type { Software } from "../domain/inventory.ts";
import { folded } from "../domain/names.ts";
import type { Product, Register, SoftwareRule } from "../domain/register.ts";
import { lettersOf, type Pattern, patternOf } from "./patterns.ts";

/** What something installed is, and which rule says so. */
export interface Match {
  /** Of the register; none: it needs no licence. */
  product?: string;
  /** Where that rule stands: `products.autocad.installed[0]`; or what it follows from: `products.autocad.name`. */
  rule: string;
  /** What it says, for a person: `name is "AutoCAD 20*", publisher is "Autodesk*"`. */
  says: string;
}

interface ReadRule extends Match {
  parts: { of: keyof Software; fits: Pattern }[];
  /** How much it says of each: of two rules that fit, the one that says more decides. */
  weight: readonly [name: number, publisher: number, version: number];
}

const PARTS = ["name", "publisher", "version"] as const;

/**
 * What installed software is, by the rules of a register. The most specific of those that fit decides: whose pattern has
 * more letters of the name, then of the publisher, then of the version; between two that say as much, the one that stands
 * first, products before what is free.
 */
export class Matcher {
  readonly #rules: ReadRule[];

  constructor(register: Pick<Register, "products" | "freeSoftware">) {
    const ofProducts = Object.entries(register.products).flatMap(([product, rules]) => {
      const written = rules.installed.map((rule, i) => read(rule, `products.${product}.installed[${i}]`));
      const all =
        written.length > 0 ? written : usualRules(rules).map((rule) => read(rule, `products.${product}.name`));
      return all.map((rule) => ({ ...rule, product }));
    });
    const free = register.freeSoftware.map((rule, i) => read(rule, `freeSoftware[${i}]`));
    // Stable: those that say as much stay in their order.
    this.#rules = [...ofProducts, ...free].sort((one, other) => compare(other.weight, one.weight));
  }

  /** @returns nothing where no rule fits */
  match(software: Software): Match | undefined {
    const texts = {
      name: folded(software.name),
      publisher: folded(software.publisher),
      version: folded(software.version),
    };
    const found = this.#rules.find(({ parts }) => parts.every(({ of, fits }) => fits(texts[of])));
    return (
      found && { ...(found.product !== undefined && { product: found.product }), rule: found.rule, says: found.says }
    );
  }
}

/** Where a product says nothing itself: its name, alone or with more words behind it, by its publisher where that is known. */
export function usualRules({ name, publisher }: Pick<Product, "name" | "publisher">): SoftwareRule[] {
  const plain = name.replace(/[*?]/g, "?");
  const by = publisher === undefined ? {} : { publisher: `${publisher.replace(/[*?]/g, "?")}*` };
  return [
    { name: plain, ...by },
    { name: `${plain} *`, ...by },
  ];
}

function read(rule: SoftwareRule, where: string): ReadRule {
  const written = PARTS.filter((part) => rule[part] !== undefined);
  return {
    rule: where,
    says: written.map((part) => `${part} is "${rule[part]}"`).join(", "),
    parts: written.map((of) => ({ of, fits: patternOf(rule[of]!) })),
    weight: [lettersOf(rule.name), lettersOf(rule.publisher), lettersOf(rule.version)],
  };
}

function compare(one: ReadRule["weight"], other: ReadRule["weight"]): number {
  for (const [i, letters] of one.entries()) if (letters !== other[i]) return letters - other[i]!;
  return 0;
}
