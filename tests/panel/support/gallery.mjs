/** The page that shows every state of the panel from stored views, in a browser of its own. */
import { openBrowser } from "./browser.mjs";
import { servePage } from "./page-server.mjs";

export async function openGallery() {
  const server = await servePage({
    folder: new URL("../../../target/gallery/", import.meta.url),
    index: "gallery.html",
  });
  const browser = await openBrowser();
  return {
    url: server.url,
    browser,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
