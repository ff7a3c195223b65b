import { createHash } from "node:crypto";
import type { Entitlement, InForce, Pool } from "../domain/register.ts";
import { indexOf } from "../domain/register-index.ts";
import { type Element, xmlOf } from "./xml.ts";

const REMARK =
  "In line with the terms of ISO/IEC 19770-3 (entitlements), without a claim to conform: its schema is not public.";

/** What is counted, in the words of the standard's metrics. */
const METRICS: Record<Pool["metric"], string> = {
  concurrent: "concurrent users",
  "named-user": "named users",
  device: "devices",
  site: "site",
};

/** Every entitlement of the register, for other tools of asset management. */
export function entitlementsXml({ register, revision }: InForce, madeAtMs: number): string {
  const made = new Date(madeAtMs).toISOString();
  return xmlOf(
    {
      name: "Ents",
      attributes: { organisation: register.organisation, registerRevision: revision },
      children: Object.keys(register.pools).flatMap((pool) =>
        register.pools[pool]!.entitlements.map((one) => ent({ register, revision }, pool, one, made)),
      ),
    },
    REMARK,
  );
}

function ent({ register }: InForce, pool: string, bought: Entitlement, made: string): Element {
  const { metric } = register.pools[pool]!;
  const products = indexOf(register)
    .productsOf(pool)
    .map((name) => ({ id: name, ...register.products[name]! }));
  const { reference, seats, starts, ends, supplier, supplierNumber, cost, vault, packSize } = bought;
  const publishers = [...new Set(products.flatMap(({ publisher }) => publisher ?? []))];
  return {
    name: "Ent",
    attributes: {
      entId: idOf(register.organisation, pool, reference, starts),
      entType: "Initial",
      entCreationDate: made,
    },
    children: [
      { name: "Entity", attributes: { name: register.organisation, role: "licensee entCreator" } },
      ...publishers.map((name) => ({ name: "Entity", attributes: { name, role: "softwareCreator" } })),
      ...(supplier === undefined
        ? []
        : [{ name: "Entity", attributes: { name: supplier, role: "licensor", registrationNumber: supplierNumber } }]),
      ...products.map(({ id, name, versions }) => ({
        name: "Software",
        attributes: { id, name: name ?? id, version: versions?.current, previousVersion: versions?.previous },
      })),
      {
        name: "Metric",
        attributes: { type: METRICS[metric], quantity: metric === "site" ? undefined : seats, packSize, pool },
      },
      { name: "Right", attributes: { startDate: starts, endDate: ends, perpetual: ends === undefined } },
      {
        name: "EntMeta",
        attributes: {
          ...{ reference, title: bought.title, department: bought.department, autoRenews: bought.autoRenews },
          ...{
            noticePeriod: noticeText(bought.notice),
            cost: cost?.amount,
            currency: cost?.currency,
            costPer: cost?.per,
          },
          ...{ proofKeptIn: vault },
        },
      },
    ],
  };
}

/** As ISO 8601 writes a length of time. */
const noticeText = (notice: Entitlement["notice"]) =>
  notice && ("days" in notice ? `P${notice.days}D` : `P${notice.months}M`);

/** The same entitlement has the same name in each export: a UUID (version 8) of what tells it from others. */
function idOf(...parts: string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = "89ab"[Number.parseInt(hex[16]!, 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
