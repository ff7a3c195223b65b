import { once } from "node:events";
import { connect } from "node:net";

/** Of this computer. No system gives it to anybody who asks for any port, as one that was free a moment ago may be. */
export const NOBODY_LISTENS = 1;

/** Whether a server listens there by now. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
