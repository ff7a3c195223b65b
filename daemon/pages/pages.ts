import { join } from "node:path";
import { fileURLToPath } from "node:url";
import view from "@fastify/view";
import type { FastifyError, FastifyInstance } from "fastify";
import nunjucks from "nunjucks";
import { SeatmeterError } from "../domain/errors.ts";
import { registerAccessibility } from "./accessibility.ts";
import { serveAssets } from "./assets.ts";
import { registerAudit } from "./audit.ts";
import { registerBoard } from "./board.ts";
import { registerCompliance } from "./compliance.ts";
import { registerComputers } from "./computers.ts";
import { registerDenials } from "./denials.ts";
import { FILTERS } from "./formats.ts";
import { type PageParts, pageSender, type SendPage } from "./parts.ts";
import { registerPool } from "./pool.ts";
import { registerPrivacy } from "./privacy.ts";
import { sendProblem, wantsPage } from "./problems.ts";
import { registerRegister } from "./register.ts";
import { registerRenewals } from "./renewals/routes.ts";

const GOVUK = fileURLToPath(new URL("..", import.meta.resolve("govuk-frontend/dist/govuk/template.njk")));

/**
 * The pages for people: the live board, one pool, denials, the register, and what they are made of. Also answers for
 * addresses that lead nowhere: with a page to a browser, with `not_found` to programs.
 *
 * @returns what renders a page, for those that are not only pages
 */
export function registerPages(app: FastifyInstance, parts: PageParts): SendPage {
  app.register(view, {
    engine: { nunjucks },
    templates: [join(import.meta.dirname, "templates"), GOVUK],
    options: {
      autoescape: true,
      throwOnUndefined: false,
      trimBlocks: true,
      lstripBlocks: true,
      onConfigure: (environment: nunjucks.Environment) => {
        for (const [name, filter] of Object.entries(FILTERS)) environment.addFilter(name, filter);
      },
    },
  });
  const send = pageSender(parts, serveAssets(app));
  app.setNotFoundHandler((request, reply) => {
    const error = new SeatmeterError("not_found", `there is nothing at ${request.url}`);
    if (wantsPage(request)) return sendProblem(send, error, request, reply);
    return reply.status(404).send({ code: error.code, message: error.message, retry: error.retry });
  });
  app.register(async (pages) => {
    pages.setErrorHandler((error: FastifyError, request, reply) => {
      // What a program is told is not the pages' to say.
      if (!wantsPage(request)) throw error;
      return sendProblem(send, error, request, reply);
    });
    registerBoard(pages, parts, send);
    registerPool(pages, parts, send);
    registerDenials(pages, parts, send);
    registerRenewals(pages, parts, send);
    registerRegister(pages, parts, send);
    registerCompliance(pages, parts, send);
    registerComputers(pages, parts, send);
    registerAudit(pages, parts, send);
    registerPrivacy(pages, parts, send);
    registerAccessibility(pages, send);
  });
  return send;
}
