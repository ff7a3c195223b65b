import type { FastifyRequest } from "fastify";
import type { Access } from "../access/access.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { Administration } from "./administration.ts";
import { DevicesQuery, Enrol, OfferEnrolment, RemoveDevice, RotateKey } from "./api-shapes.ts";
import type { Enrolled } from "./enrolled.ts";
import { byWhom } from "./http-acts.ts";
import { readInput } from "./inputs.ts";

export interface EnrolmentParts {
  access: Pick<Access, "enrols">;
  enrolled: Pick<Enrolled, "exchange" | "rotate" | "list">;
  acts: Pick<Administration, "offerEnrolment" | "removeDevice">;
}

/** Keys that are made on computers, over HTTP: a token for one, its exchange, the next key, the end, and all of them in a list. */
export const httpEnrolment = ({ access, enrolled, acts }: EnrolmentParts) => {
  const refuseIfOff = () => {
    if (access.enrols) return;
    const how = "computers are not enrolled here: write `access: { shims: { enrolment: true } }` in the register";
    throw new SeatmeterError("forbidden", how);
  };
  return {
    devices(request: FastifyRequest) {
      return enrolled.list(readInput(DevicesQuery, request.query).cursor);
    },

    offerEnrolment(request: FastifyRequest) {
      const { device } = readInput(OfferEnrolment, request.body);
      refuseIfOff();
      return acts.offerEnrolment(byWhom(request), device);
    },

    async enrol(request: FastifyRequest) {
      const { device, token, publicKey } = readInput(Enrol, request.body);
      refuseIfOff();
      return { device, ...(await enrolled.exchange(device, token, publicKey, request.address)) };
    },

    async rotateKey(request: FastifyRequest) {
      const { device, proof } = readInput(RotateKey, request.body);
      refuseIfOff();
      await enrolled.rotate(device, proof, request.address);
      return { message: `${device} comes in by its new key from now on.` };
    },

    removeDevice(request: FastifyRequest) {
      return acts.removeDevice(readInput(RemoveDevice, request.body).device);
    },
  };
};
