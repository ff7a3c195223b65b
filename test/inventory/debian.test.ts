import { expect, test } from "vitest";
import {
  CORRECTED,
  documentNow,
  documentWith,
  JUDGED,
  matchesBy,
  PACKAGES,
  registerOfThirty,
  tableInWords,
} from "./table.ts";

test("what thirty products find among the packages of a Debian computer is what the document says, each judged", () => {
  expect(documentNow()).toBe(documentWith(tableInWords()));
  expect(tableInWords()).not.toContain("not judged");
});

test("each judgement is about what is there: a match, or what was missed", () => {
  const { matched } = matchesBy(registerOfThirty());
  const names = new Set(PACKAGES.map(({ name }) => name));
  const found = new Set(matched.map(({ product, name }) => `${product} ${name}`));
  const wrong = JUDGED.filter(({ product, name, verdict }) =>
    verdict === "missed" ? found.has(`${product} ${name}`) || !names.has(name) : !found.has(`${product} ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("rules that are put right find what was right and what was missed, and nothing that was false", () => {
  const register = registerOfThirty();
  for (const [product, installed] of Object.entries(CORRECTED)) register.products[product]!.installed = installed;
  const { matched } = matchesBy(register);
  const wanted = JUDGED.filter(({ verdict }) => verdict !== "false");
  // A program that comes in parts need not be told by each of them.
  const parts = ({ name }: { name: string }) => name.startsWith("google-cloud-cli-");
  const nameOf = ({ product, name }: { product: string; name: string }) => `${product} ${name}`;
  expect(matched.map(nameOf)).toEqual(
    wanted
      .filter((one) => !parts(one))
      .map(nameOf)
      .sort(),
  );
});
