/** What a panel session needs from where it runs, a browser page or an editor's extension, beside the core itself. */

/** What the user chose for all panels. */
export type Preference = "masked" | "locale";

export interface Surroundings {
  /** Of the credit server, without a slash at its end. */
  readonly baseUrl: string;
  /** BCP 47, of the editor or browser. */
  locale(): string;
  /** For one request; the session keeps it nowhere. Absent: signed out. */
  token(): Promise<string | undefined>;
  /** Where page and core share a thread: resolves when the view that was sent is on the screen. */
  painted?(): Promise<void>;
  /** Synchronous, so that the first paint is already masked. */
  preference(name: Preference): string | undefined;
  savePreference(name: Preference, value: string): void;
  /** The model in use, where it is chosen outside the panel; the panel's own choice is told with `chooseModel`. */
  model?(): string;
  chooseModel?(id: string): void;
  /** The text of a catalogue of the package, by the name of its file; absent where there is none. */
  catalogue(locale: string): Promise<string | undefined>;
  saveFile(name: string, type: string, text: string): Promise<void>;
  copy(text: string): Promise<void>;
  openLink(address: string): Promise<void>;
  signIn(): Promise<void>;
  /** Calls `wake` when another window may have changed what is stored. Returns the way to stop. */
  watchWake(wake: () => void): () => void;
}
