import formbody from "@fastify/formbody";
import type { FastifyInstance } from "fastify";
import { nothingHeld } from "../domain/held.ts";
import { UserName } from "../domain/names.ts";
import { AUDITORS, FOR_READERS, type PageParts, type SendPage } from "./parts.ts";
import { personTable } from "./person.ts";
import { NO_HISTORY } from "./problems.ts";

/** Who may have a person told what is held of him. */
const FOR_EXPORTERS = { config: { roles: AUDITORS, act: "export_person" } } as const;

const text = (value: unknown) => (typeof value === "string" ? value : "");

/**
 * What is kept of persons, for how long and what was deleted; and all that is held of one of them, in plain English, to be
 * printed and handed over. The name stands in a form, and never in an address.
 */
export function registerPrivacy(root: FastifyInstance, { persons, inForce }: PageParts, send: SendPage): void {
  root.get("/privacy", FOR_READERS, async (_request, reply) => {
    if (!persons) return send(reply, "problem.njk", { problem: NO_HISTORY });
    return send(reply, "privacy.njk", { here: "privacy", kept: await persons.kept() });
  });

  // On its own, so that forms are read here and nowhere else.
  root.register(async (app) => {
    app.register(formbody);
    app.post<{ Body: Record<string, unknown> | undefined }>(
      "/privacy/person",
      FOR_EXPORTERS,
      async (request, reply) => {
        if (!persons) return send(reply, "problem.njk", { problem: NO_HISTORY });
        const user = UserName.safeParse(text(request.body?.user).trim());
        if (!user.success) {
          const problem = "Enter the name of a user as the operating system has it";
          return send(reply.status(422), "privacy.njk", { here: "privacy", kept: await persons.kept(), problem });
        }
        const { register } = inForce();
        const told = await persons.export(user.data);
        const parts = told.parts.map((part) => ({
          ...{ ...part, nothing: nothingHeld(part), table: personTable(part, register) },
        }));
        return send(reply, "person.njk", { here: "privacy", told: { ...told, parts } });
      },
    );
  });
}
