/** Facts for whoever helps, without secrets, to be copied whole. */

import { useAnswer } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { copy } from "../../parts/copy.tsx";
import { Panel } from "../../parts/panel.tsx";

export function Report() {
  const answer = useAnswer("/api/report", {}, { topics: ["service", "locations"] });
  return (
    <Panel
      title="Report"
      answer={answer}
      rows={12}
      actions={
        <Button why={answer.data ? undefined : "It is not there yet."} onPress={() => void copy(answer.data?.text ?? "", "report")}>
          Copy the report
        </Button>
      }
    >
      {({ text }) => (
        <>
          <p className="soft">Secrets are masked. Read it before you hand it on: names of your code stand in it.</p>
          <pre className="system-report" tabIndex={0} role="region" aria-label="text of the report">
            {text}
          </pre>
        </>
      )}
    </Panel>
  );
}
