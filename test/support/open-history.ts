import { openHistory } from "../../daemon/history/database.ts";

/* Opens a history as a daemon does when it starts, and ends: node open-history.ts '{ "file" }' */
const history = await openHistory(JSON.parse(process.argv[2] ?? "{}"));
await history.close();
