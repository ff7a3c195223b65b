import type { Duplex } from "node:stream";
import { type PeerCertificate, TLSSocket } from "node:tls";

/**
 * By which names a computer may go whose certificate the council's authority signed. TLS has seen to it that the authority
 * did, that the certificate is for clients, and that its days are not over.
 */
export function certifiedNames(socket: Duplex): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  return namesIn(socket.getPeerCertificate());
}

/**
 * Its DNS names; its common name where it has none. A computer calls itself `PC-12`, and its certificate
 * `pc-12.exampleshire.example`: the first part alone is its name too. A pattern names nobody.
 */
export function namesIn({ subject, subjectaltname }: Pick<PeerCertificate, "subject" | "subjectaltname">): string[] {
  const alternatives = (subjectaltname ?? "").split(", ").filter((name) => name.startsWith("DNS:"));
  const common = [subject?.CN ?? []].flat();
  const names = alternatives.length > 0 ? alternatives.map((name) => name.slice("DNS:".length)) : common;
  const whole = names.filter((name) => name !== "" && !name.includes("*"));
  return [...new Set(whole.flatMap((name) => [name, ...(name.includes(".") ? [name.split(".")[0]!] : [])]))];
}
