import type { Register } from "../domain/register.ts";
import { authoritiesOf, secretOf } from "./files.ts";

/** What keeps a daemon from telling anybody, as far as one sees without telling; paths below `notices`. */
export function noticeMistakes(
  { notices }: Register,
  folder: string,
): { path: (string | number)[]; message: string }[] {
  const { mail, webhooks = [] } = notices ?? {};
  const checks: [(string | number)[], () => unknown][] = [
    [["mail", "passwordFile"], () => mail?.passwordFile && secretOf(mail.passwordFile, folder)],
    [["mail", "certificateAuthorityFile"], () => authoritiesOf(mail?.certificateAuthorityFile, folder)],
    ...webhooks.flatMap(({ secretFile, certificateAuthorityFile }, i): [(string | number)[], () => unknown][] => [
      [["webhooks", i, "secretFile"], () => secretOf(secretFile, folder)],
      [["webhooks", i, "certificateAuthorityFile"], () => authoritiesOf(certificateAuthorityFile, folder)],
    ]),
  ];
  return checks.flatMap(([path, check]) => {
    try {
      check();
      return [];
    } catch (error) {
      return [{ path, message: (error as Error).message }];
    }
  });
}
