import type { FastifyInstance } from "fastify";
import type { SendPage } from "./parts.ts";

interface Section {
  heading: string;
  paragraphs?: string[];
  list?: string[];
}

/** What we say of ourselves; docs/accessibility.md says the same. What a council must add is there too. */
export const STATEMENT: { title: string; sections: Section[] } = {
  title: "Accessibility statement",
  sections: [
    {
      heading: "What it is about",
      paragraphs: [
        "This statement is about the pages of seatmeter. They are made of the GOV.UK Design System’s parts, and we want as many people as possible to be able to use them.",
      ],
      list: [
        "zoom in up to 400% without the text spilling off the screen",
        "use every page with a keyboard alone",
        "use every page without JavaScript; only the live board then has to be refreshed by hand",
        "read every chart as a table too",
        "stop what moves: the live board can be paused",
      ],
    },
    {
      heading: "How accessible it is",
      paragraphs: [
        "We aim at the Web Content Accessibility Guidelines version 2.2, level AA, and know of no part of the pages that does not meet them.",
        "Spreadsheets and calendars that can be downloaded are plain tables and entries. We have not checked how every program reads them.",
      ],
    },
    {
      heading: "How it was tested",
      paragraphs: [
        "With every change, each kind of page is opened in Chromium and examined with axe, by the rules of WCAG 2.0 to 2.2, levels A and AA. Such a test finds only a part of what can be wrong. The pages were not tested by people who use assistive technology.",
      ],
    },
    {
      heading: "If something does not work for you",
      paragraphs: [
        "Tell whoever runs seatmeter in your organisation which page it was, what you wanted to do, and what you use. They can give you what you need in another form.",
        "If you are not happy with the answer, contact the Equality Advisory and Support Service. The Equality and Human Rights Commission enforces the Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018 in Great Britain.",
      ],
    },
  ],
};

/** Open to all: whoever cannot sign in has to be able to read it. */
export function registerAccessibility(app: FastifyInstance, send: SendPage): void {
  app.get("/accessibility", { config: { roles: "open" } }, (_request, reply) =>
    send(reply, "accessibility.njk", { statement: STATEMENT }),
  );
}
