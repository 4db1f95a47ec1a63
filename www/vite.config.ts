import { defineConfig, type HtmlTagDescriptor, type Plugin } from "vite";

/** The browser asks for the core while the page's own script is still under way, not after it. */
const askForTheCoreEarly: Plugin = {
  name: "ask-for-the-core-early",
  transformIndexHtml: {
    order: "post",
    handler(_html, { bundle = {} }): HtmlTagDescriptor[] {
      const link = (attrs: Record<string, string>): HtmlTagDescriptor => ({ tag: "link", attrs, injectTo: "head" });
      return Object.keys(bundle).flatMap((file) => {
        if (file.endsWith(".wasm"))
          return link({ rel: "preload", as: "fetch", crossorigin: "anonymous", href: `./${file}` });
        return [];
      });
    },
  },
};

/** `--mode gallery` builds the page of all states instead of the panel; it is never shipped. */
export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: false,
  plugins: [askForTheCoreEarly],
  build: {
    outDir: mode === "gallery" ? "../target/gallery" : "dist",
    emptyOutDir: true,
    target: "es2022",
    // Inlined assets would be data: addresses, which the page's policy refuses.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: mode === "gallery" ? "gallery.html" : "index.html",
      output: {
        // Names without hashes: the tests name these files.
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
}));
