import { createHash, createHmac } from "node:crypto";
import { request as requestOpenly } from "node:http";
import { request as requestSecurely } from "node:https";
import type { WebhookNotices } from "../domain/register.ts";
import { type Channel, linkTo, type Surroundings } from "./channel.ts";
import { tooSlow, whyNotSent } from "./failures.ts";
import { authoritiesOf, secretOf } from "./files.ts";
import type { Matter } from "./matters.ts";

const WHOLE_MS = 15_000;
export const SIGNATURE_HEADER = "Seatmeter-Signature";

/** A program that is told by POST. What it answers is not read but for the status; a redirect is no answer. */
export function webhookChannel(webhook: WebhookNotices, around: Surroundings): Channel {
  const { host } = new URL(webhook.url);
  return {
    name: `webhook ${createHash("sha256").update(webhook.url).digest("base64url")}`,
    shownAs: `webhook at ${host}`,
    tells: ({ about }) => webhook.about.includes(about),
    async send(matter, id) {
      let status: number;
      try {
        status = await call(webhook, around, JSON.stringify(bodyOf(matter, id, around)));
      } catch (error) {
        throw new Error(whyNotSent(error, `the webhook at ${host}`), { cause: error });
      }
      if (status >= 300 && status < 400)
        throw new Error(
          `the webhook at ${host} answers ${status}, and redirects are not followed: write where it leads`,
        );
      if (status < 200 || status >= 300) throw new Error(`the webhook at ${host} answers ${status}`);
      return undefined;
    },
  };
}

const bodyOf = (matter: Matter, id: string, { organisation, pages }: Surroundings) => ({
  ...{ id, organisation, about: matter.about, pool: matter.pool, day: matter.day },
  ...{ subject: matter.subject, text: matter.text, facts: matter.facts },
  ...(pages !== undefined && { link: linkTo(matter, pages) }),
});

/**
 * `t=SECONDS,v1=HEX`: HMAC-SHA-256, under the secret, of the seconds since 1970, a dot, and the body. Who checks the seconds
 * too is not told again what was overheard.
 */
export function signature(body: string, secret: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

function call(webhook: WebhookNotices, { folder }: Surroundings, body: string): Promise<number> {
  const authorities = authoritiesOf(webhook.certificateAuthorityFile, folder);
  const secret = secretOf(webhook.secretFile, folder);
  const url = new URL(webhook.url);
  const request = url.protocol === "https:" ? requestSecurely : requestOpenly;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        [SIGNATURE_HEADER]: signature(body, secret, Date.now()),
      },
      // A connection for each: they are few, and none keeps a stop waiting.
      agent: false,
      signal: AbortSignal.timeout(WHOLE_MS),
      ...(authorities && { ca: authorities }),
    });
    asked.on("error", (error) => reject(error.name === "TimeoutError" ? tooSlow() : error));
    asked.on("response", (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.end(body);
  });
}
