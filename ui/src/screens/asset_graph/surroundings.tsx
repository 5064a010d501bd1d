/** Which part of the graph is shown: that around one asset, to a depth, or the ways to another one. */

import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { useParam } from "../../parts/url.ts";

const DEPTHS = ["1", "2", "3", "5", "10", "50"].map((value) => ({
  value,
  title: value === "50" ? "everything connected" : value === "1" ? "1 step" : `${value} steps`,
}));

export function Surroundings() {
  const [around, setAround] = useParam("around", "");
  const [depth, setDepth] = useParam("depth", "2");
  const [pathTo, setPathTo] = useParam("path_to", "");
  const [draft, setDraft] = useState({ of: pathTo, text: pathTo });
  // Asked for when it is whole: each sign of a key that is being typed would name an asset that is not there.
  const text = draft.of === pathTo ? draft.text : pathTo;
  if (around === "") return null;
  return (
    <div className="asset-graph-around" role="group" aria-label="part of the graph">
      <span>
        Around <Name text={around} />
      </span>
      <SelectField label="Steps" isLabelHidden value={depth} choices={DEPTHS} onChange={setDepth} />
      <TextField label="Only the ways to" isLabelHidden placeholder="only the ways to… (key)" value={text} onChange={(next) => setDraft({ of: pathTo, text: next })} onLeave={() => setPathTo(text.trim())} isMono />
      <Button
        isSmall
        onPress={() => {
          setAround("");
          setPathTo("");
        }}
      >
        Show all assets
      </Button>
    </div>
  );
}
