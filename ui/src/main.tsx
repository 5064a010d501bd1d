/** The start of the pages. */

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./style/tokens.css";
import "./style/base.css";
import { queryClient } from "./api/hooks.ts";
import { startStream } from "./live/stream.ts";
import { showFirstSign } from "./live/trouble.ts";
import { Frame } from "./screens/frame/frame.tsx";
import { fetchScreen } from "./screens/table.ts";
import { apply } from "./state/settings.ts";

apply();
showFirstSign();
startStream(queryClient);
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for its content");
const place = createRoot(root);
const show = () =>
  place.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Frame />
      </QueryClientProvider>
    </StrictMode>,
  );
// The frame and the screen come together: the page shows its head until then. What cannot be loaded says so itself.
fetchScreen(location.pathname).then(show, show);
