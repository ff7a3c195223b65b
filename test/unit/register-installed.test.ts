import { expect, test } from "vitest";
import { ORGANISATION, registerOf, told } from "../support/registers.ts";

const product = (installed: string) =>
  told(`${ORGANISATION}products:\n  cad: { owner: a, pools: [p], installed: ${installed} }\npools: { p: {} }\n`);

test("a product says how it is called where it is installed, and the register what needs no licence", () => {
  const { register } = registerOf(
    `${ORGANISATION}freeSoftware: [{ publisher: "Debian*" }]
products: { cad: { owner: a, pools: [p], installed: [{ name: "AutoCAD 20*", publisher: "Autodesk*", version: "25.*" }] } }
pools: { p: {} }
`,
  );
  expect(register.products.cad?.installed).toEqual([{ name: "AutoCAD 20*", publisher: "Autodesk*", version: "25.*" }]);
  expect(register.freeSoftware).toEqual([{ publisher: "Debian*" }]);
});

test("a rule that means everything, or nothing, is a mistake at its place", () => {
  expect(product('[{ name: "*" }]')).toEqual(["3:52 stands for anything: write some letters of it"]);
  expect(product("[{ publisher: Autodesk }]")).toEqual(["3:44 is missing"]);
  expect(product('[{ name: "A*", vendor: B }]')).toEqual(["3:58 is no key here; known are name, publisher, version"]);
  expect(told(`${ORGANISATION}freeSoftware: [{ version: "1.*" }]\n`)).toEqual(["2:16 needs a name or a publisher"]);
});

test("two products do not say the same; case does not count", () => {
  const text = `${ORGANISATION}products:
  cad: { owner: a, pools: [p], installed: [{ name: "AutoCAD*" }] }
  lt: { owner: a, pools: [p], installed: [{ name: "AutoCAD LT*" }, { name: "autocad*" }] }
pools: { p: {} }
`;
  expect(told(text)).toEqual(["4:68 is what cad says already: leave one of them out"]);
});
