/**
 * What the elements and lit touch when they are loaded. The build puts these in place of the globals, so that a server can import
 * the package; there nothing is defined and nothing else is called.
 */

const HTMLElementOrNothing = globalThis.HTMLElement ?? (class {} as typeof globalThis.HTMLElement);
const documentOrNothing = globalThis.document ?? ({ createTreeWalker: () => ({}) } as unknown as Document);

export { documentOrNothing as document, HTMLElementOrNothing as HTMLElement };
