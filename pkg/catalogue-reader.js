// @ts-check
/** @import * as Api from "./index.js" */

/**
 * The texts of languages, read once for all clients. Where they cannot be read synchronously, in a browser, there is no
 * `read`, and the page calls `setCatalogue`.
 * @param {((locale: string) => string | undefined) | undefined} read
 */
export function catalogueReader(read) {
  /** @type {Map<string, string | undefined>} */
  const catalogues = new Map();

  /**
   * Gives a client the texts of the language of `options` if it misses them.
   * @param {Pick<Api.CreditClient, "missingCatalogue" | "setCatalogue">} client
   * @param {any} options
   */
  return (client, options) => {
    if (read === undefined) return;
    let locale;
    try {
      locale = options?.locale;
    } catch {
      // The core reads it too, and reports what is wrong.
      return;
    }
    const missing = client.missingCatalogue(locale);
    if (missing === undefined) return;
    if (!catalogues.has(missing)) catalogues.set(missing, read(missing));
    const texts = catalogues.get(missing);
    if (texts === undefined) return;
    try {
      client.setCatalogue(missing, texts);
    } catch {
      // A bundle keeps another file under that name: it is not read again, and views stay in English.
      catalogues.set(missing, undefined);
    }
  };
}
