import { z } from "zod";
import { printable } from "../domain/names.ts";
import { PERSON_ROLES } from "../domain/register.ts";
import { isOverheard } from "./notice-rules.ts";

const Line = printable(200);
const FileName = printable(1_000);

/** Compared letter by letter with what the issuer says of itself, so nothing is made of it. */
const Issuer = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol))
    context.addIssue("is no issuer: one is written https://login.exampleshire.example/realms/council");
  else if (url.username || url.password || url.search || url.hash)
    context.addIssue("is more than an issuer: leave out password, ? and #");
  else if (isOverheard(text)) context.addIssue("has no TLS, so anybody on the way could be anybody: write https://");
});

const Scope = Line.refine((text) => text.split(" ").includes("openid"), { error: "must have openid among its words" });

const SingleSignOn = z
  .strictObject({
    issuer: Issuer.describe("Who says who somebody is: its address, as it writes it itself"),
    clientId: Line.describe("What seatmeter is called there"),
    clientSecretFile: FileName.describe("The secret that the issuer gave seatmeter, a file of each daemon's"),
    certificateAuthority: FileName.describe(
      "PEM: who vouches for the issuer's certificate besides those that are known anyway, a file of each daemon's",
    ).exactOptional(),
    scope: Scope.prefault("openid profile").describe("What is asked for; some issuers want one more word for groups"),
    roles: z
      .strictObject({
        claim: Line.prefault("roles").describe("What of the issuer's answer gives roles: roles, groups"),
        map: z
          .record(Line, z.enum(PERSON_ROLES))
          .refine((map) => Object.keys(map).length > 0, {
            error: "lets nobody in: name a value of the claim and its role",
          })
          .describe("Values of the claim, and the role that each gives; of several the mightiest"),
      })
      .describe("What people may do, by what the issuer says of them"),
  })
  .refine(({ issuer, certificateAuthority }) => certificateAuthority === undefined || !issuer.startsWith("http:"), {
    error: "is of no use without TLS: write https:// in issuer",
    path: ["certificateAuthority"],
  });

export const PeopleAccess = z
  .strictObject({
    tokensFile: FileName.describe("People and programs with a token").exactOptional(),
    oidc: SingleSignOn.describe("Single sign-on by OpenID Connect: Entra ID, Keycloak").exactOptional(),
    ask: Line.describe("Whom people ask who may not come in: a person or a team, usually an address").exactOptional(),
  })
  .refine(({ tokensFile, oidc }) => tokensFile !== undefined || oidc !== undefined, {
    error: "lets nobody in: add tokensFile, oidc, or both",
  });
