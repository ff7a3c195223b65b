import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { isShimRole } from "../access/roles.ts";
import { SeatmeterError } from "../domain/errors.ts";
import { IN_OUR_WORDS } from "../domain/issue-words.ts";
import { DeviceName, folded } from "../domain/names.ts";
import type { Asker } from "./launches.ts";

/** Errors: message_invalid, the first wrong field named. */
export function readInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const read = schema.safeParse(value, IN_OUR_WORDS);
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...issue.path, ...unknown].join(".");
  const wrong = unknown.length > 0 ? "is no field here" : issue.message;
  // A path and a query are made of fields, so what is wrong as a whole is a body.
  throw new SeatmeterError(
    "message_invalid",
    field ? `${field}: ${wrong}` : `the body ${wrong}`,
    field ? { field } : {},
  );
}

/**
 * The device that holds the leases of a request: that of its token, else the one that its header names, else the one
 * that the checkout is for.
 *
 * Errors: message_invalid without any, not_holder where header and token differ.
 */
export function askerOf(request: FastifyRequest, checkoutFor?: unknown): Asker {
  const { address } = request;
  // On loopback a person's token may come along where nobody has to say who he is.
  const who = request.who && isShimRole(request.who.role) ? request.who : null;
  const header = request.headers[DEVICE_HEADER.toLowerCase()];
  const named = header ?? (who ? who.name : checkoutFor);
  const device = DeviceName.safeParse(named);
  if (!device.success) {
    const message = `the header ${DEVICE_HEADER} names the device that holds the lease`;
    throw new SeatmeterError("message_invalid", message, { field: DEVICE_HEADER });
  }
  if (who && folded(device.data) !== folded(who.name)) {
    throw new SeatmeterError("not_holder", `this token is ${who.name}'s, not ${device.data}'s`, {
      field: DEVICE_HEADER,
    });
  }
  return { device: device.data, address, gateway: who?.role === "gateway", authenticated: who !== null };
}

export const DEVICE_HEADER = "Seatmeter-Device";
