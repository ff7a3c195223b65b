import type { MailNotices } from "../domain/register.ts";
import { type Channel, linkTo, type Surroundings } from "./channel.ts";
import { tooSlow, whyNotSent } from "./failures.ts";
import { authoritiesOf, secretOf } from "./files.ts";
import type { Matter } from "./matters.ts";

const PORTS: Record<MailNotices["security"], number> = { starttls: 587, tls: 465, none: 25 };
const CONNECT_MS = 10_000;
const SILENT_MS = 20_000;
/** Of a whole mail: a server that is this slow is as good as away. */
const WHOLE_MS = 60_000;

/** Plain text to whomever it concerns, by one mail server. */
export function mailChannel(mail: MailNotices, around: Surroundings): Channel {
  const recipients = ({ to }: Matter) => (to.length > 0 ? to : mail.to);
  return {
    name: "mail",
    shownAs: "mail",
    tells: (matter) => mail.about.includes(matter.about) && recipients(matter).length > 0,
    async send(matter, id) {
      const to = recipients(matter);
      try {
        const refused = await post(mail, around, messageOf(matter, { from: mail.from, to, id, around }));
        return refused > 0 ? `the mail server refuses ${refused} of ${to.length} addresses` : undefined;
      } catch (error) {
        throw new Error(whyNotSent(error, "the mail server"), { cause: error });
      }
    },
  };
}

/** @returns how many addresses were refused; where all are, it is an error */
async function post(
  mail: MailNotices,
  { folder }: Surroundings,
  message: ReturnType<typeof messageOf>,
): Promise<number> {
  const { host, port, security, user, passwordFile, certificateAuthorityFile } = mail;
  const authorities = authoritiesOf(certificateAuthorityFile, folder);
  const login = user !== undefined && passwordFile !== undefined && { user, pass: secretOf(passwordFile, folder) };
  // Loaded by the few who have a mail server.
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    ...{ host, port: port ?? PORTS[security] },
    ...{ secure: security === "tls", requireTLS: security === "starttls", ignoreTLS: security === "none" },
    ...(login && { auth: login }),
    tls: { minVersion: "TLSv1.2", ...(authorities && { ca: authorities }) },
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow()), WHOLE_MS);
  try {
    const { rejected } = await Promise.race([transport.sendMail(message), late.promise]);
    return rejected.length;
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

interface Envelope {
  from: string;
  to: readonly string[];
  id: string;
  around: Surroundings;
}

/** A mail that is sent again bears the same id, by which mail servers and people know it. */
function messageOf(matter: Matter, { from, to, id, around }: Envelope) {
  const link = linkTo(matter, around.pages);
  const text = [matter.text, ...(link ? [link] : []), `-- \nseatmeter, ${around.organisation}`].join("\n\n");
  return {
    ...{ from, to: [...to], subject: oneLine(matter.subject), text: `${text}\n` },
    messageId: `<${id}@${from.slice(from.indexOf("@") + 1)}>`,
    headers: { "Auto-Submitted": "auto-generated" },
  };
}

/** A header ends with its line, and what came after would be one more. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
