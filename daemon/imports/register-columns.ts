/** What a column of an asset register's CSV may be about. */
export type ColumnName = keyof typeof REGISTER_COLUMNS;

/**
 * THE TABLE of columns: the heading under which each is exported, which for a contract is that of the Local Government
 * Transparency Code 2015, and those under which it is found in other people's files. Neither case nor what is no letter
 * or digit counts, so `Start date` is `start_date`.
 */
export const REGISTER_COLUMNS = {
  product: {
    heading: "Product",
    aliases: [
      "software",
      "software title",
      "application",
      "application name",
      "product name",
      "name",
      "system",
      "asset",
    ],
  },
  pool: { heading: "Pool", aliases: ["licence pool", "license pool"] },
  publisher: { heading: "Publisher", aliases: ["manufacturer", "software publisher", "vendor"] },
  owner: { heading: "System owner", aliases: ["owner", "application owner", "product owner", "contact"] },
  version: { heading: "Current version", aliases: ["version"] },
  previous: { heading: "Previous version", aliases: [] },
  executables: { heading: "Executables", aliases: ["executable", "exe", "program"] },
  flexnet: { heading: "FlexNet features", aliases: ["flexnet", "feature", "features", "flexlm feature", "increment"] },
  metric: { heading: "Metric", aliases: ["licence type", "license type", "licence model", "licence metric"] },
  seats: {
    heading: "Seats",
    aliases: [
      "licences",
      "licenses",
      "quantity",
      "qty",
      "number of licences",
      "number of licenses",
      "licence count",
      "users",
    ],
  },
  packSize: { heading: "Pack size", aliases: [] },
  reference: {
    heading: "Reference number",
    aliases: [
      "reference",
      "ref",
      "contract reference",
      "contract reference number",
      "contract number",
      "po number",
      "po",
      "purchase order",
      "order number",
      "contract id",
    ],
  },
  title: { heading: "Title of agreement", aliases: ["title", "contract title", "agreement"] },
  department: {
    heading: "Department responsible",
    aliases: ["department", "local authority department responsible", "directorate", "service", "service area"],
  },
  description: {
    heading: "Description of the goods and services",
    aliases: [
      "description",
      "description of goods and services",
      "description of the goods and/or services being provided",
      "description of goods and/or services",
      "goods and services",
    ],
  },
  supplier: { heading: "Supplier name", aliases: ["supplier", "supplier name and details", "reseller", "contractor"] },
  term: {
    heading: "Sum to be paid over the length of the contract",
    aliases: ["sum", "contract value", "total value", "total contract value", "value", "total cost", "contract sum"],
  },
  yearly: {
    heading: "Estimated annual spending",
    aliases: [
      "annual cost",
      "annual spend",
      "annual value",
      "annual contract value",
      "yearly cost",
      "cost per year",
      "estimated annual spend",
      "estimated annual spending or budget",
      "annual budget",
    ],
  },
  cost: { heading: "Cost", aliases: ["price", "amount", "spend", "net cost"] },
  per: { heading: "Cost per", aliases: ["per", "billing period", "payment frequency", "frequency"] },
  currency: { heading: "Currency", aliases: [] },
  irrecoverableVat: {
    heading: "VAT that cannot be recovered",
    aliases: [
      "irrecoverable vat",
      "value added tax that cannot be recovered",
      "vat not recovered",
      "non-recoverable vat",
    ],
  },
  starts: {
    heading: "Start date",
    aliases: ["start", "starts", "contract start", "contract start date", "valid from", "from", "commencement date"],
  },
  ends: {
    heading: "End date",
    aliases: [
      "end",
      "ends",
      "contract end",
      "contract end date",
      "expiry",
      "expiry date",
      "expires",
      "valid until",
      "until",
    ],
  },
  notice: { heading: "Notice period", aliases: ["notice"] },
  noticeDays: { heading: "Notice days", aliases: ["notice period days", "notice in days", "days notice"] },
  noticeMonths: { heading: "Notice months", aliases: ["notice period months", "notice in months", "months notice"] },
  review: { heading: "Review date", aliases: ["review", "contract review date"] },
  process: {
    heading: "Procurement process",
    aliases: [
      "process",
      "process type",
      "procurement route",
      "route to market",
      "tender or quotation",
      "invitation to quote or tender",
    ],
  },
  smeOrVcse: {
    heading: "Supplier is SME or VCSE",
    aliases: ["sme", "vcse", "sme/vcse", "sme or vcse", "supplier type", "sme and/or vcse"],
  },
  supplierNumber: {
    heading: "Supplier registration number",
    aliases: [
      "registration number",
      "company number",
      "charity number",
      "company or charity number",
      "supplier number",
    ],
  },
  officer: {
    heading: "Officer responsible",
    aliases: ["officer", "contract manager", "responsible officer", "contract owner"],
  },
  autoRenews: { heading: "Renews by itself", aliases: ["auto renews", "auto renewal", "automatic renewal", "rolling"] },
  vault: { heading: "Where keys are kept", aliases: ["vault", "key location", "media location", "licence location"] },
} as const satisfies Record<string, { heading: string; aliases: readonly string[] }>;

const sameName = (text: string) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "");

const NAMES: ReadonlyMap<string, ColumnName> = new Map(
  (Object.entries(REGISTER_COLUMNS) as [ColumnName, { heading: string; aliases: readonly string[] }][]).flatMap(
    ([name, { heading, aliases }]) => [name, heading, ...aliases].map((text) => [sameName(text), name] as const),
  ),
);

/** Which column a heading is; a unit in brackets behind it, `Annual cost (£)`, says nothing more. */
export const columnOf = (heading: string): ColumnName | undefined =>
  NAMES.get(sameName(heading)) ?? NAMES.get(sameName(heading.replace(/\s*[([][^)\]]*[)\]]\s*$/, "")));
