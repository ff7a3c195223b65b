import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** What pages are made of beside HTML, read at start: small, few, and served from memory. */
const FILES = [
  { name: "govuk.css", type: "text/css", text: () => withoutFonts(read(import.meta.resolve(GOVUK_CSS))) },
  { name: "seatmeter.css", type: "text/css", text: () => read(new URL("static/seatmeter.css", import.meta.url)) },
  { name: "renewals.css", type: "text/css", text: () => read(new URL("static/renewals.css", import.meta.url)) },
  { name: "board.js", type: "text/javascript", text: () => read(new URL("static/board.js", import.meta.url)) },
  { name: "icon.svg", type: "image/svg+xml", text: () => read(new URL("static/icon.svg", import.meta.url)) },
] as const;
const GOVUK_CSS = "govuk-frontend/dist/govuk/govuk-frontend.min.css";
const YEAR_S = 31_536_000;

export type AssetName = (typeof FILES)[number]["name"];
/** Where each lies. */
export type AssetPaths = Record<AssetName, string>;

/**
 * Serve them under paths that name their content, so that browsers may keep them for good and a new version is another
 * path. Open to all: the sign-in page needs them too.
 */
export function serveAssets(app: FastifyInstance): AssetPaths {
  const paths: Partial<AssetPaths> = {};
  for (const { name, type, text } of FILES) {
    const body = text();
    const path = `/assets/${createHash("sha256").update(body).digest("hex").slice(0, 16)}/${name}`;
    paths[name] = path;
    app.get(path, { config: { roles: "open" } }, (_request, reply) =>
      reply.header("cache-control", `public, max-age=${YEAR_S}, immutable`).type(`${type}; charset=utf-8`).send(body),
    );
  }
  return paths as AssetPaths;
}

/** GDS Transport may be used on GOV.UK only: its files and its name are taken out, and Arial remains. */
function withoutFonts(css: string): string {
  return css
    .replaceAll(/@font-face\{[^}]*\}/g, "")
    .replaceAll("GDS Transport,", "")
    .replace(/\/\*# sourceMappingURL=.*\*\//, "");
}

const read = (file: string | URL) => readFileSync(new URL(file), "utf8");
