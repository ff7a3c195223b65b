import { expect, test } from "vitest";
import { looksLikeKey } from "../../daemon/register/licence-keys.ts";
import { readRegister } from "../../daemon/register/read.ts";

test.each([
  "VK7JG-NPHTM-C97JM-9MPGT-3V66T",
  "key: A1B2-C3D4-E5F6-G7H8, bought in 2024",
  "1096-1A2B-3C4D-5E6F-7081-92A3",
  "INCREMENT acad adskflex 1.000 31-mar-2027 25 SIGN=0DEADBEEF",
  'FEATURE gis ESRI 11.0 permanent 14 ck=66 "…"',
  "-----BEGIN PRIVATE KEY-----",
])("what looks like a licence key is known for one: %s", (text) => {
  expect(looksLikeKey(text)).toBe(true);
});

test.each([
  "PO-10342",
  "2026-0412-0007-1234",
  "EXCH-PLAN-LICE-RENE",
  "GCLOUD-14-2026-LOT2-0042",
  "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  "4BE654EA-686F-44FF-8063-AED0E75CD8C0",
  "Company 01234567, VAT GB 123 4567 89",
  "vault: ICT safe 2, shelf B-12, envelope 2026-04-01",
  "https://vault.exampleshire.example/secret/licences/autocad-2026",
  "CN=Planning-Applications-2026,OU=Groups,DC=exampleshire,DC=example",
  "Feature upgrade of the planning system, 2026 to 2027",
  "08:00-18:00 Mon-Fri",
])("references, numbers and places are taken for no key: %s", (text) => {
  expect(looksLikeKey(text)).toBe(false);
});

test("a key in the register is refused at its place, with what to write instead", () => {
  const text = `organisation: Exampleshire Council
products:
  cad: { owner: cad@exampleshire.example, pools: [cad] }
pools:
  cad:
    entitlements:
      - { reference: PO-1, seats: 9, starts: 2020-01-01, vault: VK7JG-NPHTM-C97JM-9MPGT-3V66T }
`;
  const read = readRegister(text, { files: {} });
  const message = "looks like a licence key, which has no place here: say under vault where it is kept";

  expect(read).toEqual({ mistakes: [{ line: 7, column: 65, path: "pools.cad.entitlements[0].vault", message }] });
});
