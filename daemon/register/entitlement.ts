import { z } from "zod";
import { printable } from "../domain/names.ts";
import { Day, Notice } from "./written.ts";

const Line = printable(200);
/** May be written over several lines. */
const Paragraph = z
  .string()
  .overwrite((text) => text.replace(/\s+/g, " ").trim())
  .pipe(printable(2_000));
const Amount = z.number().min(0).max(1e12);

/**
 * What was bought, as it is written. Seats and days are what counting uses; the rest follows the Local Government
 * Transparency Code 2015, and is read by reports.
 */
export const Entitlement = z.strictObject({
  reference: Line.describe("Number of the order or contract"),
  seats: z.int().min(1).max(1_000_000).describe("How many were bought"),
  starts: Day.describe("First day, from midnight"),
  ends: Day.describe("Last day, included; none: perpetual").exactOptional(),
  notice: Notice.describe("How long before its end notice must be given: 90d or 3 months").exactOptional(),
  supplier: Line.describe("Whom they were bought from").exactOptional(),
  cost: z
    .strictObject({
      amount: Amount.describe("How much"),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, "is no currency: one is written GBP")
        .describe("GBP"),
      per: z.enum(["year", "term"]).describe("A year, or from its start to its end"),
    })
    .describe("For all its seats, without VAT")
    .exactOptional(),
  irrecoverableVat: Amount.describe("VAT that cannot be recovered").exactOptional(),
  title: Line.describe("Of the agreement").exactOptional(),
  description: Paragraph.describe("What was bought, in words").exactOptional(),
  department: Line.describe("Which is responsible").exactOptional(),
  officer: Line.describe("Who answers for the contract").exactOptional(),
  review: Day.describe("When it is looked at again").exactOptional(),
  process: Line.describe("How it was procured").exactOptional(),
  smeOrVcse: z.boolean().describe("The supplier is a small enterprise or a voluntary organisation").exactOptional(),
  supplierNumber: Line.describe("Registration number of a company or charity").exactOptional(),
  autoRenews: z.boolean().describe("It goes on unless notice is given").exactOptional(),
  vault: Line.describe("Where keys and media are kept; never a key").exactOptional(),
  packSize: z.int().min(1).max(1_000_000).describe("Seats are sold in packs of so many").exactOptional(),
});
