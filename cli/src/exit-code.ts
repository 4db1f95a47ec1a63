/** How the program ends, as scripts read it. The README lists these numbers: they never change their meaning. */

export const ExitCode = {
  ok: 0,
  /** Unknown command or option, a value that cannot be read, a file that cannot be read or written. */
  wrongCall: 2,
  signedOut: 3,
  /** `estimate --require`: the request costs more than what is available. */
  notEnough: 4,
  /** There is an answer, and it is older than it should be or not complete. */
  stale: 5,
  noAnswer: 6,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The same as a word, for `--json`. "Stale" is no error: there is an answer. */
export type ErrorName = "wrong_call" | "signed_out" | "not_enough" | "no_answer";

const NAMES: Readonly<Record<Exclude<ExitCode, 0 | 5>, ErrorName>> = {
  [ExitCode.wrongCall]: "wrong_call",
  [ExitCode.signedOut]: "signed_out",
  [ExitCode.notEnough]: "not_enough",
  [ExitCode.noAnswer]: "no_answer",
};

/** Ends the program with one line on stderr. The message is for the user, in the user's language. */
export class CliError extends Error {
  readonly exitCode: Exclude<ExitCode, 0 | 5>;

  constructor(exitCode: Exclude<ExitCode, 0 | 5>, message: string) {
    super(message);
    this.exitCode = exitCode;
  }

  get errorName(): ErrorName {
    return NAMES[this.exitCode];
  }
}
