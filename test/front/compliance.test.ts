import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Compliance, Computer } from "../../daemon/front/compliance-shapes.ts";
import { COMPUTERS_REGISTER, councilComputers } from "../support/computers.ts";
import { type Front, openFront } from "../support/front.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let redis: TestRedis;
let front: Front;
let closed: Front;
beforeAll(async () => {
  redis = await startRedis();
  front = await openFront({
    redis,
    text: COMPUTERS_REGISTER.replace(/^access:.*$/m, ""),
    computers: councilComputers(),
  });
  closed = await openFront({ redis, text: COMPUTERS_REGISTER, computers: councilComputers() });
});
afterAll(async () => {
  await front?.close();
  await closed?.close();
  await redis?.stop();
});

test("programs are told what pages show, in the shape that is described", async () => {
  const answer = await front.app.inject("/api/v1/compliance");
  expect(answer.statusCode).toBe(200);
  const told = answer.json();
  expect(Compliance.parse(told)).toEqual(told);
  expect(told.products[0]).toMatchObject({ product: "cad", owned: 3, computers: 5, used90Days: 1, usedYear: 1 });

  const computers = (await front.app.inject("/api/v1/computers")).json();
  for (const one of computers.items) expect(Computer.parse(one)).toEqual(one);
  expect(computers.items.map(({ name }: { name: string }) => name)).toContain("PC-99");
});

test("findings are downloaded with whom to ask and since when, and no name in them is a formula", async () => {
  const { body, headers } = await front.app.inject("/api/v1/compliance.csv");
  expect(headers["content-disposition"]).toBe('attachment; filename="compliance.csv"');
  const [columns, ...rows] = body.replace(/^\uFEFF/, "").split("\r\n");
  expect(columns).toBe("Finding,About,Product,What was found,How many,Since,Owner,What to do");
  expect(rows.find((row) => row.includes("ArcGIS Pro"))).toContain(",2026-06-23,gis@exampleshire.example,");
  expect(rows.find((row) => row.includes("Unheard of"))).toContain(",'=Unheard of Ltd,");
});

test("the spreadsheet has findings, products and what is installed, a sheet each", async () => {
  const { rawPayload } = await front.app.inject("/api/v1/compliance.ods");
  const content = new TextDecoder().decode(unzipSync(new Uint8Array(rawPayload))["content.xml"]);
  const sheets = [...content.matchAll(/<table:table table:name="([^"]+)"/g)].map(([, name]) => name);
  expect(sheets).toEqual(["Findings", "Products", "Installed"]);
  expect(content).toContain("products.cad.name");
});

test("pages lead only those to the list of computers who may see it", async () => {
  const page = async (role: "viewer" | "auditor", path: string) => {
    const headers = { authorization: `Bearer ${closed.token(role)}`, accept: "text/html" };
    return await closed.app.inject({ url: path, headers });
  };
  expect((await page("viewer", "/compliance")).body).not.toContain('href="/computers"');
  expect((await page("auditor", "/compliance")).body).toContain('href="/computers"');
  // An auditor sees it, and retires nothing.
  expect((await page("auditor", "/computers")).body).not.toContain('action="/computers/ask"');
});

const post = (payload: string, origin: string) =>
  front.app.inject({
    ...{ method: "POST", url: "/computers/retire", payload },
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "text/html",
      host: `127.0.0.1:${front.port}`,
      origin,
    },
  });

test("a page elsewhere retires nothing here, and neither does a name that is none", async () => {
  const asked = "device=PC-5&reason=stolen";
  expect((await post(asked, "https://evil.example")).statusCode).toBe(403);
  expect((await post("device=%07&reason=stolen", front.url)).statusCode).toBe(422);
  expect((await post("device=PC-5&reason=+", front.url)).statusCode).toBe(422);
  expect((await front.app.inject("/register")).body.toLowerCase()).not.toContain("pc-5");
  expect((await post(asked, front.url)).body).toContain("PC-5 is retired as of revision");
  expect((await front.app.inject("/register")).body.toLowerCase()).toContain("pc-5");
});

test("a computer that is retired again stays retired since when it was, and why it was", async () => {
  const told = (await post("device=pc-99&reason=lost", front.url)).body;
  expect(told).toContain("pc-99 was retired already, on 1 September 2026; 0 leases of it end in a minute.");
  const register = (await front.app.inject("/register")).body;
  expect(register).toMatch(/PC-99<\/th>\s*<td[^>]*><time datetime="2026-09-01">[\s\S]*?stolen/);
});

test("a page says that something cannot be done, and not that one may not, where that is so", async () => {
  const tooLarge = await post(`device=PC-5&reason=${"x".repeat(2_000_000)}`, front.url);
  expect([tooLarge.statusCode, tooLarge.body.includes("You cannot see this page")]).toEqual([413, false]);
  expect(tooLarge.body).toContain('<p class="govuk-body">Request body is too large.</p>');
  const foreign = await post("device=PC-5&reason=stolen", "https://evil.example");
  expect(foreign.body).toContain("You cannot see this page");
  expect(foreign.body).toContain("Pages elsewhere change nothing here.");
});

test("without a history, pages say so and programs are told so", async () => {
  const without = await openFront({ redis });
  expect((await without.app.inject("/api/v1/compliance")).json()).toMatchObject({ code: "history_off" });
  expect((await without.app.inject("/api/v1/compliance.csv")).json()).toMatchObject({ code: "history_off" });
  expect((await without.app.inject("/api/v1/computers")).json()).toMatchObject({ code: "history_off" });
  for (const path of ["/compliance", "/computers"]) {
    expect((await without.app.inject(path)).body).toContain("No history is kept");
  }
  await without.close();
});
