import type { HttpApi } from "./http-api.ts";

const STYLE = /<link rel="stylesheet" href="(\/assets\/[^"]+)">/g;
/** What leads nowhere from a file. */
const ICON = /<link rel="icon"[^>]*>\s*/;

/** A page of the daemon as one file, with its styles in it: to be kept with a decision, or sent to somebody. */
export async function standalone(api: Pick<HttpApi, "download">, path: string): Promise<string> {
  const text = async (from: string, accept: string) => new TextDecoder().decode(await api.download(from, accept));
  let html = (await text(path, "text/html")).replace(ICON, "");
  for (const [link, from] of html.matchAll(STYLE)) {
    const style = await text(from!, "text/css");
    html = html.replace(link, () => `<style>${style}</style>`);
  }
  return html;
}
