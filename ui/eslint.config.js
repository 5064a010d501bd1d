import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["src/api/schema.d.ts", "node_modules"] },
  ...tseslint.configs.strict,
  hooks.configs.flat.recommended,
  a11y.flatConfigs.strict,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "max-lines": ["error", 400],
      "no-console": "error",
      // What scrolls must be reachable by keyboard.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { tags: ["h1", "main"], roles: ["tabpanel", "region"] }],
      "react-hooks/incompatible-library": "off", // the virtualiser; its component is not compiled
      eqeqeq: "error",
    },
  },
);
