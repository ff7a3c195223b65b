import { AuditBook } from "../../daemon/audit/book.ts";
import { openHistory } from "../../daemon/history/database.ts";
import { entry } from "./audit.ts";

/* A daemon that writes rows into the audit: node audit-process.ts '{ "place", "who", "rows" }' */
const { place, who, rows } = JSON.parse(process.argv[2] ?? "{}");
const history = await openHistory(place);
const book = new AuditBook(history);
for (let i = 0; i < rows; i++) await book.append(entry({ who }));
await history.close();
