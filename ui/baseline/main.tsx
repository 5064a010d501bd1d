/** The least that a page made with React can be: what the times of our pages are compared with, in the same run. */

import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

const ROWS = Array.from({ length: 30 }, (_, number) => ({ name: `row ${number}`, seconds: number * 7 }));

function Page() {
  const [chosen, choose] = useState<string>();
  return (
    <main>
      <h1>Baseline</h1>
      <table>
        <tbody>
          {ROWS.map((row) => (
            <tr key={row.name}>
              <td>
                <button type="button" aria-pressed={row.name === chosen} onClick={() => choose(row.name)}>
                  {row.name}
                </button>
              </td>
              <td>{row.seconds}s</td>
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  );
}

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
