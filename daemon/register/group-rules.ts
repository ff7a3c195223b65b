import type { Outline } from "./outline.ts";

type Complain = (path: (string | number)[], message: string, at?: "key" | "value") => void;

/** Days of members in order, and directories that can be asked without anybody overhearing a password. */
export function checkGroups({ groups }: Outline, complain: Complain) {
  for (const [name, { members, directory }] of Object.entries(groups)) {
    for (const [i, { from, until }] of members.entries()) {
      if (from && until && until < from)
        complain(["groups", name, "members", i, "until"], `is before it begins, ${from}`);
    }
    if (directory) {
      const inDirectory: Complain = ([key = ""], message, at) =>
        complain(["groups", name, "directory", key], message, at);
      checkDirectory(directory, inDirectory);
    }
  }
}

/** Whether others on the way could hear and change what is said. Nobody hears what a computer says to itself. */
export const isOverheard = ({ url, startTls }: { url: string; startTls: boolean }) =>
  /^ldap:/i.test(url) && !startTls && !/^ldap:\/\/(localhost|127(\.\d+){3}|\[::1\])(:|\/|$)/i.test(url);

function checkDirectory(
  {
    url,
    bindDn,
    passwordFile,
    startTls,
    certificateAuthorityFile,
  }: NonNullable<Outline["groups"][string]["directory"]>,
  complain: Complain,
) {
  const isPlain = /^ldap:/i.test(url);
  if (bindDn && isOverheard({ url, startTls }))
    complain(["url"], "sends the password in clear: write ldaps://, or add startTls: true");
  if (startTls && url && !isPlain)
    complain(["startTls"], "is for ldap:// only: ldaps:// has TLS from the start", "key");
  if (certificateAuthorityFile && isPlain && !startTls)
    complain(["certificateAuthorityFile"], "is of no use without TLS: write ldaps://, or add startTls: true", "key");
  if (bindDn && !passwordFile) complain(["bindDn"], "needs passwordFile, a file with its password", "key");
  if (passwordFile && !bindDn) complain(["passwordFile"], "needs bindDn: whose password it is", "key");
}
