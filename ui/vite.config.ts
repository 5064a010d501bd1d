import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./compressed.ts";

const server = process.env.WATCHBELL_SERVER ?? "http://127.0.0.1:3000";

const SHARED =
  /\/src\/(api|live|parts|screens\/frame|state|style|text)\/|\/node_modules\/(@tanstack|openapi-fetch|react|react-dom|scheduler|wouter|regexparam|use-sync-external-store)\//;

export default defineConfig({
  plugins: [react(), compressed() as Plugin],
  build: {
    outDir: process.env.WATCHBELL_UI_OUT ?? "../src/watchbell/web/static",
    emptyOutDir: true,
    assetsDir: "static", // /assets/… are the pages of assets
    assetsInlineLimit: 0, // what belongs to the pages is a file of its own
    cssCodeSplit: false, // all of it is smaller than what one more request costs
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: false,
    manifest: "manifest.json",
    // What several screens use is one file beside the frame's, not a dozen small ones: ten requests bring a first page.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "shared", test: SHARED, priority: 2 },
            { name: "more", test: /\/src\/screens\//, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
});
