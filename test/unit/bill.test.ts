import { beforeAll, expect, test } from "vitest";
import { type Bill, billOfMaterials } from "../../packaging/bill.ts";
import { textOf } from "../support/source.ts";

type Package = Bill["components"][number] & {
  type: string;
  purl: string;
  hashes: { alg: string; content: string }[];
  licenses: object[];
};

let bill: Omit<Bill, "components"> & { specVersion: string; components: Package[] };
beforeAll(async () => {
  bill = (await billOfMaterials()) as typeof bill;
});

const { packages } = JSON.parse(textOf("package-lock.json")) as {
  packages: Record<string, { version: string; integrity?: string; dev?: boolean; resolved?: string }>;
};
const nameOf = (path: string) => path.replace(/^.*node_modules\//, "");
const locked = Object.entries(packages).filter(([path]) => path !== "");

test("the bill of materials names each package that is shipped, in its version, with licence and checksum, and no other", () => {
  const shipped = locked.filter(([, { dev }]) => !dev);
  const sha512 = (integrity: string) => Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
  expect(bill.components.map(({ name, version, hashes }) => [name, version, hashes[0]?.content]).sort()).toEqual(
    shipped.map(([path, { version, integrity = "" }]) => [nameOf(path), version, sha512(integrity)]).sort(),
  );
  for (const { name, licenses, purl } of bill.components) {
    expect(licenses, name).not.toEqual([]);
    expect(purl, name).toMatch(/^pkg:npm\//);
  }
});

test("it has whatever the product asks for by name, also what is used for development besides", () => {
  const { dependencies } = JSON.parse(textOf("package.json")) as { dependencies: Record<string, string> };
  const named = new Map(bill.components.map(({ name, version }) => [name, version]));
  expect(Object.keys(dependencies).map((name) => [name, named.get(name)])).toEqual(Object.entries(dependencies));
});

test("it says what depends on what, and nothing that is not in it", () => {
  expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
  const refs = new Set([bill.metadata.component["bom-ref"], ...bill.components.map((one) => one["bom-ref"])]);
  expect(new Set(bill.dependencies.map(({ ref }) => ref))).toEqual(refs);
  expect(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});

test("it is the same for the same lock file, by whatever name the checkout goes, and has no address of a registry", async () => {
  expect(await billOfMaterials()).toEqual(bill);
  expect(bill.metadata.component.name).toBe("seatmeter");
  expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(JSON.stringify(bill).replace('"http://cyclonedx.org/', "")).not.toMatch(/https?:\/\//);
});
