import { z } from "zod";
import { isMailAddress, MAIL_ADDRESS } from "../domain/mail-address.ts";
import { printable } from "../domain/names.ts";
import { MAIL_SECURITIES, NOTICE_KINDS, USUAL_NOTICES } from "../domain/register.ts";

const Line = printable(200);
const FileName = printable(1_000);

const Address = z
  .string()
  .refine(isMailAddress, "is no mail address: one is written licences@exampleshire.example")
  .meta({ pattern: MAIL_ADDRESS.source });

const Host = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$/, "is no host: one is written smtp.exampleshire.example");

const About = z
  .array(z.enum(NOTICE_KINDS))
  .min(1)
  .prefault([...USUAL_NOTICES])
  .describe("Which matters; all but audit, if not said: that is the head of the audit, every day");

const Mail = z.strictObject({
  host: Host.describe("The mail server"),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .describe("If not said, 587 with starttls, 465 with tls, 25 with none")
    .exactOptional(),
  security: z.enum(MAIL_SECURITIES).prefault("starttls").describe("starttls and tls: never in clear; none: in clear"),
  from: Address.describe("Whom notices come from"),
  to: z
    .array(Address)
    .prefault([])
    .describe("Who gets what neither a product's owner nor an entitlement's officer has an address for"),
  user: Line.describe("Who signs in at the mail server; the password is in passwordFile").exactOptional(),
  passwordFile: FileName.describe("The password of user, a file of each daemon's").exactOptional(),
  certificateAuthorityFile: FileName.describe(
    "PEM: who vouches for its certificate, if not the system",
  ).exactOptional(),
  about: About,
});

/** An address of the web without a name or password in it, which would be published with the register. */
const Web = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol))
    context.addIssue("is no address: one is written https://hooks.exampleshire.example/licences");
  else if (url.username || url.password) context.addIssue("has a password in it: the signature says who is calling");
  else if (url.hash) context.addIssue("has a # in it, and what follows is never sent");
});

const Webhook = z.strictObject({
  url: Web.describe("Where a program of yours is told by POST, in JSON"),
  about: About,
  secretFile: FileName.describe("What the call is signed with, a file of each daemon's"),
  certificateAuthorityFile: FileName.describe(
    "PEM: who vouches for its certificate, if not the system",
  ).exactOptional(),
});

export const Notices = z.strictObject({
  mail: Mail.describe("By mail, to owners and officers").exactOptional(),
  webhooks: z.array(Webhook).prefault([]).describe("To programs"),
  pages: Web.describe(
    "Where people find the daemon's pages, for links: https://seats.exampleshire.example",
  ).exactOptional(),
});
