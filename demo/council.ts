/** A kind of software that a council has, as the made-up one uses it. Names are made up, too. */
export interface DemoProduct {
  name: string;
  publisher: string;
  supplier: string;
  departments: readonly string[];
  /** How many of them use it, and how many of those on a day when all is as usual. */
  users: number;
  habit: number;
  launches: number;
  holdMinutes: number;
  seats: number;
  /** Pounds a year, for all seats. */
  cost: number;
  /** By month, January first; 1 is as usual. */
  seasons?: readonly number[];
  /** More use after a year, as a share. */
  growth?: number;
  /** Days of it on which a whole room learns it, a year. */
  training?: number;
  /** Nobody has used it for so many days. */
  unusedForDays?: number;
  /** Days from today to the end of its contract, and notice; the term before it was as long. */
  endsInDays?: number;
  notice?: string;
  autoRenews?: boolean;
  /** It was first bought so many days ago; else long before. */
  startedDaysAgo?: number;
  /** Further rules of its pool, as the register writes them. */
  rules?: Record<string, unknown>;
  /** Where else its launches may take a seat when its own are taken. */
  overflow?: string;
  /** Departments whose computers have it too, from the image that they were set up with; nobody there uses it. */
  alsoOnImageOf?: readonly string[];
  /** Of the shims that come and go while somebody looks. */
  live: number;
}

const BILLING = [1.2, 1.5, 1.75, 1.25, 0.95, 0.9, 0.9, 0.85, 0.95, 1, 1, 0.8];
const YEAR_END = [1, 1.1, 1.45, 1.5, 1, 0.95, 0.9, 0.85, 1, 1, 1, 0.9];
const ELECTIONS = [0.5, 0.8, 1.4, 2.2, 2, 0.6, 0.7, 1.5, 1.7, 1.7, 1.3, 0.5];
const ADMISSIONS = [2.1, 1.8, 1.9, 1.6, 1, 0.9, 0.9, 0.7, 1.2, 0.8, 0.7, 0.8];
const SUMMER_WORKS = [0.85, 0.9, 1, 1.1, 1.15, 1.2, 1.15, 0.95, 1.1, 1.05, 0.9, 0.75];

/** THE TABLE of what the made-up council has, by the name of its product and pool. */
export const PRODUCTS: Readonly<Record<string, DemoProduct>> = {
  draftline: {
    ...{ name: "Draftline CAD", publisher: "Draftline", supplier: "Northgate Design Systems Ltd" },
    ...{ departments: ["Planning", "Highways", "Property"], users: 64, habit: 0.42, launches: 2, holdMinutes: 150 },
    ...{ seats: 22, cost: 36_300, seasons: SUMMER_WORKS, growth: 0.12, training: 3, endsInDays: 104, notice: "90d" },
    ...{ overflow: "design-collection", rules: { limits: [{ group: "contractors", seats: 4 }] }, live: 24 },
  },
  solidform: {
    ...{ name: "Solidform Buildings", publisher: "Draftline", supplier: "Northgate Design Systems Ltd" },
    ...{ departments: ["Property"], users: 9, habit: 0.3, launches: 1.4, holdMinutes: 200, seats: 6, cost: 17_400 },
    ...{ endsInDays: 104, notice: "90d", live: 3 },
  },
  terramap: {
    ...{ name: "Terramap Desktop", publisher: "Terramap", supplier: "Meridian Geographic plc" },
    ...{ departments: ["Planning", "Highways", "Environment"], users: 46, habit: 0.3, launches: 2, holdMinutes: 95 },
    ...{ seats: 30, cost: 38_550, endsInDays: 58, notice: "45d", autoRenews: true, live: 9 },
  },
  revsbens: {
    ...{ name: "Revs & Bens Online", publisher: "Civic Ledger", supplier: "Civic Ledger Ltd" },
    ...{ departments: ["Revenues and Benefits", "Customer Services"], users: 58, habit: 0.6, launches: 2.4 },
    ...{ holdMinutes: 190, seats: 39, cost: 54_600, seasons: BILLING, endsInDays: 190, notice: "6 months" },
    ...{ rules: { queue: { maxWait: "30m" }, linger: "5m" }, live: 20 },
  },
  careview: {
    ...{ name: "Careview", publisher: "Hartwell Care Systems", supplier: "Hartwell Care Systems Ltd" },
    ...{ departments: ["Adult Social Care", "Children's Services"], users: 84, habit: 0.55, launches: 1.6 },
    ...{ holdMinutes: 210, seats: 90, cost: 74_700, growth: 0.04, endsInDays: 260, notice: "3 months" },
    ...{ rules: { metric: "named-user", holdDays: 60 }, alsoOnImageOf: ["Housing"], live: 16 },
  },
  inkwell: {
    ...{ name: "Inkwell PDF Editor", publisher: "Inkwell", supplier: "Albion Software Resellers Ltd" },
    ...{
      departments: ["Planning", "Legal", "Finance", "Customer Services", "Housing", "Democratic Services"],
      users: 120,
    },
    ...{
      habit: 0.28,
      launches: 2.2,
      holdMinutes: 38,
      seats: 14,
      cost: 2_520,
      growth: 0.18,
      endsInDays: 21,
      notice: "30d",
    },
    ...{ live: 26 },
  },
  planflow: {
    ...{ name: "Planflow Applications", publisher: "Civic Ledger", supplier: "Civic Ledger Ltd" },
    ...{ departments: ["Planning", "Environment"], users: 38, habit: 0.55, launches: 1.8, holdMinutes: 160, seats: 40 },
    ...{ cost: 29_200, endsInDays: 430, notice: "3 months", live: 14 },
  },
  statline: {
    ...{ name: "Statline", publisher: "Statline", supplier: "Albion Software Resellers Ltd" },
    ...{ departments: ["Public Health", "Finance"], users: 7, habit: 0.12, launches: 1.2, holdMinutes: 120, seats: 10 },
    ...{ cost: 9_800, unusedForDays: 214, endsInDays: 75, notice: "60d", autoRenews: true, live: 0 },
  },
  repairline: {
    ...{ name: "Repairline", publisher: "Homestead Systems", supplier: "Homestead Systems Ltd" },
    ...{ departments: ["Housing", "Property"], users: 44, habit: 0.5, launches: 2, holdMinutes: 140, seats: 36 },
    ...{ cost: 25_900, seasons: [1.3, 1.25, 1.1, 1, 0.9, 0.9, 0.85, 0.85, 1, 1.05, 1.2, 1.1], endsInDays: 152 },
    ...{ rules: { sites: { depot: { seats: 8 } } }, live: 12 },
  },
  ledgerline: {
    ...{ name: "Ledgerline Finance", publisher: "Civic Ledger", supplier: "Civic Ledger Ltd" },
    ...{ departments: ["Finance", "Revenues and Benefits"], users: 34, habit: 0.55, launches: 1.8, holdMinutes: 180 },
    ...{ seats: 21, cost: 29_400, seasons: YEAR_END, endsInDays: 128, notice: "4 months" },
    ...{ rules: { overdraft: { seats: 2 } }, live: 12 },
  },
  formworks: {
    ...{ name: "Formworks Designer", publisher: "Formworks", supplier: "Albion Software Resellers Ltd" },
    ...{ departments: ["Customer Services", "ICT"], users: 14, habit: 0.4, launches: 1.6, holdMinutes: 110, seats: 4 },
    ...{ cost: 3_960, endsInDays: 300, notice: "30d", rules: { enforcement: "observe" }, live: 5 },
  },
  electoral: {
    ...{ name: "Rollcall Electoral", publisher: "Rollcall", supplier: "Rollcall Elections Ltd" },
    ...{ departments: ["Democratic Services"], users: 16, habit: 0.36, launches: 1.6, holdMinutes: 170, seats: 12 },
    ...{ cost: 14_400, seasons: ELECTIONS, endsInDays: 340, notice: "6 months", live: 3 },
  },
  schoolplace: {
    ...{ name: "Schoolplace Admissions", publisher: "Hartwell Care Systems", supplier: "Hartwell Care Systems Ltd" },
    ...{ departments: ["Children's Services"], users: 18, habit: 0.35, launches: 1.7, holdMinutes: 150, seats: 14 },
    ...{ cost: 11_200, seasons: ADMISSIONS, endsInDays: 96, notice: "90d", live: 4 },
  },
  stresscheck: {
    ...{ name: "Stresscheck", publisher: "Draftline", supplier: "Northgate Design Systems Ltd" },
    ...{ departments: ["Highways"], users: 8, habit: 0.3, launches: 1.3, holdMinutes: 130, seats: 3, cost: 8_100 },
    ...{ endsInDays: -19, notice: "60d", live: 1 },
  },
  casebinder: {
    ...{ name: "Casebinder Legal", publisher: "Casebinder", supplier: "Albion Software Resellers Ltd" },
    ...{ departments: ["Legal", "Democratic Services"], users: 22, habit: 0.5, launches: 1.8, holdMinutes: 120 },
    ...{ seats: 18, cost: 13_500, startedDaysAgo: 84, endsInDays: 281, notice: "90d", live: 6 },
  },
};

/** Pools without a product of their own: dearer seats that others overflow into. */
export const OVERFLOW: Readonly<Record<string, { seats: number; cost: number; supplier: string; endsInDays: number }>> =
  {
    "design-collection": { seats: 4, cost: 11_800, supplier: "Northgate Design Systems Ltd", endsInDays: 104 },
  };

/** How many people each department has; about 300. */
export const DEPARTMENTS: Readonly<Record<string, number>> = {
  ...{
    Planning: 30,
    Highways: 28,
    Property: 22,
    Environment: 18,
    "Revenues and Benefits": 44,
    "Customer Services": 26,
  },
  ...{ "Adult Social Care": 48, "Children's Services": 34, Housing: 28, Finance: 22, Legal: 14 },
  ...{ "Democratic Services": 12, "Public Health": 8, ICT: 10 },
};

/** Times in which no daemon ran: so many days ago, from which hour, for how many hours. */
export const OUTAGES = [
  { daysAgo: 47, hour: 13, hours: 2.5 },
  { daysAgo: 163, hour: 9, hours: 1 },
  { daysAgo: 288, hour: 7, hours: 9 },
] as const;
