/** Selecting the whole page, where it shows nothing but the panel. */

/**
 * A browser finds nothing to select around a shadow root, so "select all" would select and copy nothing: with this it selects the
 * panel. It is the one way to begin a selection at the page itself.
 *
 * @example
 * selectPanelWithPage(panel);
 */
export function selectPanelWithPage(panel: Element): void {
  document.addEventListener("selectstart", (event) => {
    if (event.target !== document.body || panel.shadowRoot === null) return;
    event.preventDefault();
    getSelection()?.selectAllChildren(panel.shadowRoot);
  });
}
