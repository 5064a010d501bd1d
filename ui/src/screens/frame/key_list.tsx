/** The keys that act on this page. */

import { Dialog } from "../../parts/dialog.tsx";
import { shortcuts } from "../../state/shortcuts.ts";

export function KeyList({ onClose }: { onClose: () => void }) {
  const unique = new Map(shortcuts().map((each) => [each.keys, each.about]));
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {[...unique].map(([keys, about]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key, place) => (
                <kbd key={place}>{key}</kbd>
              ))}
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>open</dd>
        </div>
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>close</dd>
        </div>
      </dl>
    </Dialog>
  );
}
