/**
 * Credits in a Node program: a storage with locks that all its processes share, and where a token is found.
 *
 * ```js
 * import { CreditClient, load } from "costrict-credit";
 * import { authJsonToken, environmentToken, fileToken, FileStore, firstToken, nodeHost, TokenFile } from "costrict-credit/node";
 *
 * const server = "https://zgsm.sangfor.com";
 * const token = firstToken(environmentToken(), fileToken(new TokenFile()), authJsonToken());
 *
 * await load();
 * const client = new CreditClient(nodeHost({ server, token, store: new FileStore() }), { baseUrl: server });
 * await client.open();
 * const account = await client.refresh("open");
 * console.log(client.status({ locale: "en" }).text);
 * if (account.state !== "known") process.exitCode = 1;
 * client.free();
 * ```
 *
 * What goes wrong with a file is a `StorageError`, whose `code` says what a program may do about it.
 *
 * @module costrict-credit/node
 */

export { AuthJson, readAuthJson } from "./auth-json.js";
export { FileStore } from "./file-store.js";
export { accountFolder, authJsonPath, stateFolder, tokenPath } from "./folders.js";
export { type NodeHostOptions, nodeHost } from "./node-host.js";
export { StorageError, type StorageErrorCode } from "./storage-error.js";
export { TokenFile } from "./token-file.js";
export {
  authJsonToken,
  environmentToken,
  type FoundToken,
  fileToken,
  firstToken,
  stdinToken,
  TOKEN_VARIABLE,
  type TokenOrigin,
  type TokenSource,
} from "./token-sources.js";
