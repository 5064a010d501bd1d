import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./compressed.ts";

const server = process.env.WATCHBELL_SERVER ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), compressed() as Plugin],
  build: {
    outDir: process.env.WATCHBELL_UI_OUT ?? "../src/watchbell/web/static",
    emptyOutDir: true,
    assetsDir: "static", // /assets/… are the pages of assets
    assetsInlineLimit: 0, // the content policy allows no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: false,
    manifest: "manifest.json",
  },
  server: { proxy: { "/api": { target: server, changeOrigin: true } } },
});
