import type { Outline } from "./outline.ts";

type Complain = (path: (string | number)[], message: string, at?: "key" | "value") => void;

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i;

/** Whether others on the way could hear what is said. Nobody hears what a computer says to itself. */
export function isOverheard(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && !LOOPBACK.test(url.hostname);
}

/** Somebody to tell, and no password that is overheard or missing. */
export function checkNotices({ notices }: Outline, complain: Complain) {
  if (!notices) return;
  const { mail, webhooks } = notices;
  if (!mail && webhooks.length === 0)
    complain(["notices"], "tells nobody: add mail or webhooks, or leave it out", "key");
  for (const [i, url] of webhooks.entries()) {
    const first = webhooks.indexOf(url);
    if (url && first < i) complain(["notices", "webhooks", i, "url"], "stands here twice: put its matters together");
  }
  if (!mail) return;
  const inMail = (key: string, message: string, at?: "key") => complain(["notices", "mail", key], message, at);
  if (mail.user && !mail.passwordFile) inMail("user", "needs passwordFile, a file with its password", "key");
  if (mail.passwordFile && !mail.user) inMail("passwordFile", "needs user: whose password it is", "key");
  if (mail.security !== "none") return;
  if (mail.user && !LOOPBACK.test(mail.host)) inMail("security", "sends the password in clear: write starttls or tls");
  if (mail.certificateAuthorityFile)
    inMail("certificateAuthorityFile", "is of no use without TLS: write security: starttls, or tls", "key");
}
