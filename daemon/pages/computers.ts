import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { DeviceName } from "../domain/names.ts";
import { COMPUTER_READERS, MANAGERS, type PageParts, type SendPage } from "./parts.ts";
import { NO_HISTORY } from "./problems.ts";
import { siteInWords } from "./words.ts";

const PAGE = 200;
const LONGEST_REASON = 200;

interface FormRoute {
  Body: Record<string, unknown> | undefined;
}

/**
 * Computers that tell what is installed on them, and how one is taken out of service. Names stand in forms, and never in
 * an address.
 */
export function registerComputers(root: FastifyInstance, parts: PageParts, send: SendPage): void {
  const { computers, retire, inForce } = parts;
  // On its own, so that forms are read here and nowhere else.
  root.register(async (app) => {
    app.register(formbody);

    app.get<{ Querystring: Record<string, unknown> }>(
      "/computers",
      { config: { roles: COMPUTER_READERS } },
      async ({ query }, reply) => {
        if (!computers) return send(reply, "problem.njk", { here: "compliance", problem: NO_HISTORY });
        const all = await computers.list();
        const from = /^\d{1,7}$/.test(String(query.from)) ? Number(query.from) : 0;
        const { register } = inForce();
        return send(reply, "computers.njk", {
          here: "compliance",
          all: all.length,
          rows: all.slice(from, from + PAGE).map((row) => ({ ...row, site: siteInWords(register, row.site) })),
          next: from + PAGE < all.length ? from + PAGE : undefined,
          before: from > 0 ? Math.max(0, from - PAGE) : undefined,
        });
      },
    );

    // Asks why, and changes nothing: that the name stands in no address is why it is posted.
    app.post<FormRoute>("/computers/ask", { config: { roles: MANAGERS } }, async ({ body }, reply) =>
      sendForm(reply, { device: said(body?.device), reason: "" }),
    );

    app.post<FormRoute>("/computers/retire", { config: { roles: MANAGERS, act: "retire" } }, async (request, reply) => {
      const typed = { device: said(request.body?.device), reason: said(request.body?.reason) };
      const errors = errorsOf(typed);
      if (Object.keys(errors).length > 0) return sendForm(reply.status(422), typed, errors);
      const { message } = await retire({ by: byWhom(request), reason: typed.reason }, typed.device);
      return send(reply, "retired.njk", { here: "compliance", message });
    });
  });

  const sendForm = (reply: FastifyReply, typed: Typed, errors: Partial<Typed> = {}) =>
    send(reply, "retire.njk", {
      ...{ here: "compliance", typed, errors },
      problems: Object.entries(errors).map(([field, text]) => ({ text, href: `#${field}` })),
    });
}

interface Typed {
  device: string;
  reason: string;
}

const errorsOf = ({ device, reason }: Typed): Partial<Typed> => ({
  ...(!DeviceName.safeParse(device).success && { device: "Enter the name of the computer" }),
  ...(reason === "" && { reason: "Enter why it is retired" }),
  ...(reason.length > LONGEST_REASON && { reason: `Use ${LONGEST_REASON} letters at most` }),
});

/** One line of text, without what nobody can see. */
const said = (value: unknown) => (typeof value === "string" ? value.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim() : "");

const byWhom = ({ who, address }: Pick<FastifyRequest, "who" | "address">) => who?.name ?? `somebody at ${address}`;
