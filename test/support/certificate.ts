import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** `cert.pem` and `key.pem` for this machine, as somebody would make them to try it. */
export function makeCertificate(directory: string) {
  const files = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", ...kind, ...files, ...subject], { stdio: "pipe" });
}
