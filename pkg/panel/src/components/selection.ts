/** Selecting and focus inside a shadow root. */

/** Selects the text of an element, ready to be copied by hand. */
export function selectText(element: Element): void {
  getSelection()?.selectAllChildren(element);
}

/** The element with the focus in the same tree as a node. */
export const focusedIn = (node: Node): Element | null => (node.getRootNode() as Document | ShadowRoot).activeElement;
