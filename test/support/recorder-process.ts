import { openHistory } from "../../daemon/history/database.ts";
import { Recorder } from "../../daemon/history/recorder.ts";
import { EventStream } from "../../daemon/ledger/event-stream.ts";

/*
 * A recorder in a process of its own, that can be killed: node recorder-process.ts '{ "place", "socket", "me" }'
 */
const { place, socket, me } = JSON.parse(process.argv[2] ?? "{}");
const history = await openHistory(place);
const source = await EventStream.open({ path: socket }, "seatmeter:", me);
new Recorder({ history, source, me, log: (_level, message) => console.error(message) }).start();
