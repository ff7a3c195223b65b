import { userInfo } from "node:os";
import { answerOf } from "./answer.ts";

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

const names = new Map<number, string>();

/** The name of an account; its number where it has none. Asked of the system once, which may have to ask a directory. */
export async function userNamed(uid: number): Promise<string> {
  const known = names.get(uid);
  if (known !== undefined) return known;
  const name = uid === process.getuid?.() ? userInfo().username : (await entry(String(uid)))?.name;
  names.set(uid, name ?? String(uid));
  return name ?? String(uid);
}

export async function accountOf(user: string): Promise<Account | undefined> {
  const own = userInfo();
  if (user === own.username) return { uid: own.uid, gid: own.gid, home: own.homedir };
  return entry(user);
}

/** Of the system's accounts, wherever they are kept. */
async function entry(key: string): Promise<(Account & { name: string }) | undefined> {
  const line = await answerOf("getent", ["passwd", "--", key]);
  const [name, , uid, gid, , home] = line?.trim().split(":") ?? [];
  return name && uid && gid ? { name, uid: Number(uid), gid: Number(gid), home: home || "/" } : undefined;
}
