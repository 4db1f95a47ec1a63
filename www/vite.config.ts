import { defineConfig } from "vite";

/** `--mode gallery` builds the page of all states instead of the panel; it is never shipped. */
export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: false,
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
        // Names without hashes: the extension and the tests name these files.
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
}));
