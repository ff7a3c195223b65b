/** Everything that can go wrong on purpose: HTTP status, the command's exit code, whether asking again may help. */
export const ERRORS = {
  message_invalid: { status: 400, exit: 70, retry: false },
  usage: { status: 400, exit: 64, retry: false },
  unauthenticated: { status: 401, exit: 77, retry: false },
  forbidden: { status: 403, exit: 77, retry: false },
  not_holder: { status: 403, exit: 70, retry: false },
  not_found: { status: 404, exit: 64, retry: false },
  lease_unknown: { status: 404, exit: 70, retry: false },
  signature_invalid: { status: 403, exit: 77, retry: false },
  sign_on_refused: { status: 403, exit: 77, retry: false },
  register_stale: { status: 409, exit: 78, retry: false },
  register_invalid: { status: 422, exit: 78, retry: false },
  history_off: { status: 501, exit: 78, retry: false },
  too_many_leases: { status: 429, exit: 75, retry: true },
  too_many_connections: { status: 429, exit: 75, retry: true },
  too_many_attempts: { status: 429, exit: 75, retry: true },
  internal: { status: 500, exit: 70, retry: false },
  ledger_unavailable: { status: 503, exit: 69, retry: true },
  ledger_unsure: { status: 503, exit: 69, retry: true },
  ledger_recovering: { status: 503, exit: 69, retry: true },
  overloaded: { status: 503, exit: 69, retry: true },
  draining: { status: 503, exit: 69, retry: true },
  unreachable: { status: 503, exit: 69, retry: true },
  history_unavailable: { status: 503, exit: 69, retry: true },
  audit_unavailable: { status: 503, exit: 69, retry: true },
  sign_on_unavailable: { status: 503, exit: 69, retry: true },
  port_in_use: { status: 500, exit: 69, retry: false },
  settings_invalid: { status: 500, exit: 78, retry: false },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** What we could not do, with what to do about it in its message. A denial is not an error: it is an answer. */
export class SeatmeterError extends Error {
  readonly code: ErrorCode;
  /** The field of a message that was wrong. */
  readonly field?: string;
  /** The lease that it is about, where the question was about several. */
  readonly leaseId?: string;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; field?: string; leaseId?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SeatmeterError";
    this.code = code;
    if (options.field !== undefined) this.field = options.field;
    if (options.leaseId !== undefined) this.leaseId = options.leaseId;
  }

  get status() {
    return ERRORS[this.code].status;
  }

  get exit() {
    return ERRORS[this.code].exit;
  }

  get retry() {
    return ERRORS[this.code].retry;
  }
}

/** Whether it is a mistake of ours: nothing that a network or another program says. */
export const isFault = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
