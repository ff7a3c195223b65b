import { type UserInfo, userInfo } from "node:os";
import { userName } from "../settings.ts";
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
  const name = uid === process.getuid?.() ? userName({}) : (await entry(String(uid)))?.name;
  names.set(uid, name ?? String(uid));
  return name ?? String(uid);
}

export async function accountOf(user: string): Promise<Account | undefined> {
  const own = ownAccount();
  if (user === own?.username) return { uid: own.uid, gid: own.gid, home: own.homedir };
  return entry(user);
}

/** Nothing where the system has no name for us, as in a container. */
function ownAccount(): UserInfo<string> | undefined {
  try {
    return userInfo();
  } catch {
    return undefined;
  }
}

/** Of the system's accounts, wherever they are kept. */
async function entry(key: string): Promise<(Account & { name: string }) | undefined> {
  if (process.platform === "darwin") return accountIn((await answerOf("id", ["-P", key])) ?? "", MAC_HOME);
  return accountIn((await answerOf("getent", ["passwd", "--", key])) ?? "", LINUX_HOME);
}

const LINUX_HOME = 5;
/** There three more fields come before. */
const MAC_HOME = 8;

/** A line with colons between: name, password, numbers, and the rest. */
export function accountIn(line: string, homeAt: number): (Account & { name: string }) | undefined {
  const fields = line.trim().split(":");
  const [name, , uid, gid] = fields;
  return name && uid && gid ? { name, uid: Number(uid), gid: Number(gid), home: fields[homeAt] || "/" } : undefined;
}
