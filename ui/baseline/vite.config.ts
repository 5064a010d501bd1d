import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: process.env.WATCHBELL_UI_OUT, emptyOutDir: true, modulePreload: { polyfill: false }, target: "es2022" },
});
