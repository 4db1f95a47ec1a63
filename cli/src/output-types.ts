/**
 * What `--json` prints: one object in one line. `schema` rises when a field goes away or changes its meaning; new fields may come
 * within one version. The build writes schema/output-1.json from these types.
 */

import type {
  Account,
  Estimate,
  Forecast,
  Grant,
  ModelPrice,
  RecordPage,
  TaskEstimate,
  TaskReport,
  Timestamp,
  UsageReport,
} from "costrict-credit";

import type { ErrorName } from "./exit-code.js";

export type Output =
  | StatusOutput
  | WatchOutput
  | StatuslineOutput
  | GrantsOutput
  | EstimateOutput
  | CompareOutput
  | TaskOutput
  | ForecastOutput
  | ModelsOutput
  | UsageOutput
  | RecordsOutput
  | ExportOutput
  | LoginOutput
  | LogoutOutput
  | Failure;

interface Versioned {
  schema: 1;
}

export interface StatusOutput extends Versioned {
  command: "status";
  result: StatusResult;
}

export interface WatchOutput extends Versioned {
  command: "watch";
  result: StatusResult;
}

export interface StatuslineOutput extends Versioned {
  command: "statusline";
  result: StatuslineResult;
}

export interface GrantsOutput extends Versioned {
  command: "grants";
  result: GrantsResult;
}

export interface EstimateOutput extends Versioned {
  command: "estimate";
  result: Estimate;
}

export interface CompareOutput extends Versioned {
  command: "compare";
  result: Estimate[];
}

export interface TaskOutput extends Versioned {
  command: "task";
  result: TaskResult;
}

export interface ForecastOutput extends Versioned {
  command: "forecast";
  result: Forecast;
}

export interface ModelsOutput extends Versioned {
  command: "models";
  result: ModelPrice[];
}

export interface UsageOutput extends Versioned {
  command: "usage";
  result: UsageReport;
}

export interface RecordsOutput extends Versioned {
  command: "records";
  result: RecordPage;
}

export interface ExportOutput extends Versioned {
  command: "export";
  result: ExportResult;
}

export interface LoginOutput extends Versioned {
  command: "login";
  result: SignInResult;
}

export interface LogoutOutput extends Versioned {
  command: "logout";
  result: SignInResult;
}

/** In place of a result. The exit code says the same as `name`. */
export interface Failure extends Versioned {
  /** Absent where the call names no command. */
  command?: string;
  error: { name: ErrorName; message: string };
}

export interface StatusResult {
  account: Account;
  /** The account in a few words, and in a few sentences, in the language of the call. */
  text: string;
  tooltip: string;
  severity: "none" | "warning" | "error";
}

/** `result.text` is the line. */
export interface StatuslineResult {
  text: string;
  severity: "none" | "warning" | "error";
  state: Account["state"];
  /** Server time of the reading that the line shows. */
  asOf?: Timestamp;
  freshness?: "fresh" | "stale" | "outdated";
}

export interface GrantsResult {
  /** Soonest expiry first. Absent where the server sent no list: then nothing is known of expiry. */
  grants?: Grant[];
  asOf?: Timestamp;
}

/** With an id that task, and with a kind what it will still take in `estimates`; without one the newest tasks, and what tasks of each kind cost as a rule. */
export interface TaskResult {
  task?: TaskReport;
  tasks?: TaskReport[];
  estimates?: TaskEstimate[];
}

export interface ExportResult {
  /** Absent where the text went to stdout, or there was nothing to write. */
  file?: string;
  rows: number;
  complete: boolean;
}

export interface SignInResult {
  signedIn: boolean;
  user?: { id: string; name?: string };
}
