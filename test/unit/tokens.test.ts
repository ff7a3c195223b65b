import { expect, test } from "vitest";
import { newToken, readTokens } from "../../daemon/access/tokens.ts";

const HASH = `sha256:${"ab".repeat(32)}`;

function tokensOf(text: string) {
  const read = readTokens(text);
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  return read.tokens;
}

const told = (text: string, ...more: [] | [Parameters<typeof readTokens>[1]]) => {
  const read = readTokens(text, ...more);
  return "mistakes" in read ? read.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`) : [];
};

test("a token that was made opens the door under its name and role, and no other does", () => {
  const { token, line } = newToken("reception", "shim");
  const tokens = tokensOf(`# the front desk\n\n${line}   # made in April\n`);

  expect(tokens.find(token, "2026-04-01")).toEqual({ name: "reception", role: "shim" });
  expect(tokens.find(`${token} `, "2026-04-01")).toBeUndefined();
  expect(tokens.find(line.split("sha256:")[1]!, "2026-04-01")).toBeUndefined();
  expect(tokens.find("", "2026-04-01")).toBeUndefined();
});

test("no two tokens are alike, and the line does not hold the token", () => {
  const made = Array.from({ length: 50 }, () => newToken("reception", "shim"));

  expect(new Set(made.map(({ token }) => token)).size).toBe(50);
  for (const { token, line } of made) expect(line).not.toContain(token);
});

test("a token is good on its last day, and not after it", () => {
  const { token, line } = newToken("contractor", "viewer", "2026-06-30");
  const tokens = tokensOf(line);

  expect(line).toMatch(/ until=2026-06-30$/);
  expect(tokens.find(token, "2026-06-30")).toEqual({ name: "contractor", role: "viewer", until: "2026-06-30" });
  expect(tokens.find(token, "2026-07-01")).toBeUndefined();
});

test("a name may stand twice, so that a new token is handed out before the old one goes", () => {
  const [old, fresh] = [newToken("reception", "shim"), newToken("reception", "shim")];
  const tokens = tokensOf(`${old.line}\n${fresh.line}\n`);

  expect(tokens.size).toBe(2);
  expect(tokens.find(old.token, "2026-04-01")).toEqual(tokens.find(fresh.token, "2026-04-01"));
});

test("the file may come from Windows, in capitals and with a byte order mark", () => {
  const { token, line } = newToken("reception", "shim");
  const [before, hash] = line.split("sha256:");

  expect(tokensOf(`\ufeff${before}sha256:${hash!.toUpperCase()}\r\n`).find(token, "2026-04-01")?.role).toBe("shim");
});

test("an empty file opens to nobody", () => {
  expect(tokensOf("# nobody yet\n").find("", "2026-04-01")).toBeUndefined();
});

test("every mistake of a token file is told with its line", () => {
  expect(
    told(`# tokens
reception
desk shim
  desk butler ${HASH}
desk shim sha256:abc
desk shim ${HASH} until=31.03.2027
desk shim ${HASH} 2027-03-31
desk shim ${HASH} until=2027-03-31 more
desk shim ${HASH}
desk viewer ${HASH.toUpperCase().replace("SHA256", "sha256")}
`),
  ).toEqual([
    "2:1 the second word is the role, in this file one of shim, gateway, metrics, viewer, procurement, manager, auditor, admin",
    "3:1 the third word is sha256: and 64 hex digits; `seatmeter token NAME --role ROLE` makes one",
    "4:3 the second word is the role, in this file one of shim, gateway, metrics, viewer, procurement, manager, auditor, admin",
    "5:1 the third word is sha256: and 64 hex digits; `seatmeter token NAME --role ROLE` makes one",
    "6:1 the fourth word is until= and the last day, as in until=2027-03-31",
    "7:1 the fourth word is until= and the last day, as in until=2027-03-31",
    "8:1 a line is NAME ROLE sha256:HEX [until=DATE], and this one goes on",
    "10:1 this token stands here twice: leave one of the lines out",
  ]);
});

test("a file may be for some roles only", () => {
  expect(told(`boss admin ${HASH}`, ["shim", "gateway"])).toEqual([
    "1:1 the second word is the role, in this file one of shim, gateway",
  ]);
});

test("a token that somebody wrote in place of its hash is not repeated in the mistake", () => {
  const { token } = newToken("reception", "shim");
  for (const line of [`reception shim ${token}`, `${token} shim`, `reception ${token}`, `${token}!`]) {
    expect(told(line)).toHaveLength(1);
    expect(told(line)[0]).not.toContain(token);
  }
});

test("a token with a name or a day that could not be read back is not made", () => {
  expect(() => newToken("two words", "shim")).toThrow("a token's name is up to 64 letters");
  expect(() => newToken("#desk", "shim")).toThrow("a token's name is up to 64 letters");
  expect(() => newToken("desk", "shim", "2026-02-30")).toThrow("a last day is written 2027-03-31");
});
