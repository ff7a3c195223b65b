import { z } from "zod";
import { printable, UserName } from "../domain/names.ts";
import { Day, Duration } from "./written.ts";

const Line = printable(200);
const FileName = printable(1_000);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** One membership: a person who moved from one department to another has a row for each. */
const Member = z.strictObject({
  user: UserName.describe("The person's name in the operating system"),
  department: Line.describe("The person's").exactOptional(),
  contractEnds: Day.describe("Last day on which the person may launch anything").exactOptional(),
  from: Day.describe("First day in the group").exactOptional(),
  until: Day.describe("Last day in the group").exactOptional(),
});

const ATTRIBUTE = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const Attribute = z.string().regex(ATTRIBUTE, "is no attribute: one is written sAMAccountName or departmentNumber");

/** What of an address a directory has: scheme, host and port. */
const ADDRESS = /^ldaps?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/;
const Address = z.string().regex(ADDRESS, "is no address of a directory: one is written ldaps://dc1.example.org");

/** As RFC 4515 has it, looked at from outside; what is between the parentheses is the directory's to read. */
const Filter = printable(2_000).refine(
  isParenthesised,
  "is no filter: one is written (memberOf=CN=CAD,DC=example,DC=org)",
);

function isParenthesised(text: string): boolean {
  let open = 0;
  for (const [i, letter] of [...text].entries()) {
    if (letter === "(") open += 1;
    if (letter === ")") open -= 1;
    const closedEarly = open < 1 && i < [...text].length - 1;
    if (closedEarly) return false;
  }
  return text.endsWith(")") && open === 0;
}

const Directory = z.strictObject({
  url: Address.describe("ldaps://dc1.exampleshire.example; with ldap:// and startTls: true its port 389"),
  base: Line.describe("The entry below which people are: OU=Staff,DC=exampleshire,DC=example"),
  filter: Filter.describe("Which of them: (memberOf=CN=CAD,OU=Groups,DC=exampleshire,DC=example)"),
  refresh: Duration(MINUTE_MS, 7 * DAY_MS)
    .prefault("1h")
    .describe("How often it is read"),
  bindDn: Line.describe("Who reads it; the password is in passwordFile").exactOptional(),
  passwordFile: FileName.describe("The password of bindDn, a file of each daemon's").exactOptional(),
  startTls: z.boolean().prefault(false).describe("With ldap://: go over to TLS before anything is said"),
  certificateAuthorityFile: FileName.describe(
    "PEM: who vouches for its certificate, if not the system",
  ).exactOptional(),
  userAttribute: Attribute.describe("User's name; if not said, sAMAccountName or else uid").exactOptional(),
  departmentAttribute: Attribute.prefault("department").describe("The person's department"),
  contractEndsAttribute: Attribute.describe("Day of the contract's end: accountExpires").exactOptional(),
});

export const Group = z.strictObject({
  department: Line.describe("Of those members who have none of their own").exactOptional(),
  members: z
    .array(z.union([UserName, Member], "must be a user's name, or { user, department, contractEnds, from, until }"))
    .prefault([])
    .describe("User names, without regard to case; or mappings, with department, contractEnds, from, until"),
  membersFile: FileName.describe(
    "A CSV file: user, and optionally department, contractEnds, from, until",
  ).exactOptional(),
  directory: Directory.describe("Members found in a directory: LDAP, Active Directory").exactOptional(),
});
