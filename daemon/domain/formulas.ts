/**
 * A text that a spreadsheet would take for a formula, with an apostrophe before it, as people write it there. A tab or a
 * line break before it hides a formula from us, and not from a spreadsheet.
 */
export const guarded = (text: string) =>
  /^[\s\u0000]*[=+\-@|\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;

/** What somebody meant who wrote it so. */
export const unguarded = (text: string) => (text === guarded(text.slice(1)) ? text.slice(1) : text);
