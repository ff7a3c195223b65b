import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, RouteOptions } from "fastify";
import { isShimRole } from "../../daemon/access/roles.ts";
import { newToken, ROLES, type Role } from "../../daemon/access/tokens.ts";
import { startDaemon } from "../../daemon/daemon.ts";
import { openLog } from "../../daemon/front/log.ts";
import { readSettings } from "../../daemon/settings.ts";
import { dataFolder } from "./daemon.ts";
import "./punctual.ts";

export interface WholeDaemon extends AsyncDisposable {
  url: string;
  /** Every route that any part of it has added. */
  routes: RouteOptions[];
  token(role: Role): string;
}

/** A real daemon in this process, put together by its own hands, which asks everybody who they are. */
export async function startWholeDaemon(redisUrl: string, register: string): Promise<WholeDaemon> {
  const folder = dataFolder();
  const tokens = new Map(ROLES.map((role) => [role, newToken(role === "shim" ? "pc-1" : `the-${role}`, role)]));
  const lines = (shims: boolean) =>
    [...tokens].filter(([role]) => isShimRole(role) === shims).map(([, { line }]) => `${line}\n`);
  writeFileSync(join(folder.path, "shims.txt"), lines(true).join(""));
  writeFileSync(join(folder.path, "people.txt"), lines(false).join(""));
  const registerFile = join(folder.path, "register.yaml");
  writeFileSync(registerFile, register);

  const routes: RouteOptions[] = [];
  // Before any part can add one.
  const watch = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook("onRoute", (route) => {
      routes.push(route);
    });
  };
  subscribe("fastify.initialization", watch);
  const env = { SEATMETER_REGISTER: registerFile, SEATMETER_DATA: folder.path, SEATMETER_LISTEN: "127.0.0.1:0" };
  const settings = readSettings({ ...env, REDIS_URL: redisUrl, SEATMETER_HISTORY: "off" }, folder.path);
  const daemon = await startDaemon(settings, openLog("silent")).finally(() =>
    unsubscribe("fastify.initialization", watch),
  );
  return {
    ...{ url: daemon.url, routes },
    token: (role) => tokens.get(role)!.token,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      folder[Symbol.dispose]();
    },
  };
}
