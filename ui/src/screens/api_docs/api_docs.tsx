/** The HTTP API, described: operations by noun, what each takes and answers, who may, and how a shell asks. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { unreachable, type ProblemError } from "../../api/problem.ts";
import { TextField } from "../../parts/field.tsx";
import { Page } from "../../parts/page.tsx";
import { NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { counted } from "../../text/number.ts";
import { readDescription, type Description } from "./description.ts";
import { OperationFacts } from "./operation.tsx";
import "./api_docs.css";

export default function ApiDocs() {
  const [text, setText] = useParam("q", "", true);
  const answer = useQuery<Description, ProblemError>({
    queryKey: ["/api/openapi.json"],
    queryFn: async ({ signal }) => {
      try {
        return await readDescription(signal);
      } catch {
        throw unreachable();
      }
    },
  });
  return (
    <Page
      title="API"
      under={
        <p className="soft">
          All that these pages do, programs may do, too. Its description for machines is <a href="/api/openapi.json">/api/openapi.json</a>.
        </p>
      }
    >
      <TextField label="Search operations" type="search" value={text} onChange={setText} placeholder="cancel run, partitions, listAssets …" />
      <Panel answer={answer} rows={12}>
        {(description) => <Operations description={description} text={text} onClear={() => setText("")} />}
      </Panel>
    </Page>
  );
}

function Operations({ description, text, onClear }: { description: Description; text: string; onClear: () => void }) {
  const nouns = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = new Map<string, Description["operations"]>();
    for (const each of description.operations) {
      const all = `${each.id} ${each.method} ${each.path} ${each.description}`.toLowerCase();
      if (!words.every((word) => all.includes(word))) continue;
      const others = found.get(each.noun);
      if (others) others.push(each);
      else found.set(each.noun, [each]);
    }
    return [...found];
  }, [description, text]);
  if (nouns.length === 0) return <NothingFits filter={text} onClear={onClear} />;
  return (
    <>
      <p className="soft" role="status">
        {counted(
          nouns.reduce((sum, [, each]) => sum + each.length, 0),
          "operation",
        )}
        , version {description.version}
      </p>
      {nouns.map(([noun, operations]) => (
        <section key={noun} className="api-noun" aria-labelledby={`noun-${noun}`}>
          <h2 id={`noun-${noun}`}>{noun}</h2>
          {operations.map((each) => (
            <OperationFacts key={each.id} operation={each} schemas={description.schemas} />
          ))}
        </section>
      ))}
    </>
  );
}
