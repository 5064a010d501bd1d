/** An on/off switch. One that cannot be used says why. */

import "./switch.css";

interface Props {
  isOn: boolean;
  /** What is switched, e.g. the schedule's name. */
  label: string;
  onChange: (isOn: boolean) => void;
  why?: string | undefined;
}

export function Switch({ isOn, label, onChange, why }: Props) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isOn}
      aria-label={label}
      aria-disabled={why !== undefined || undefined}
      data-tip={why ?? (isOn ? "on" : "off")}
      onClick={() => {
        if (why === undefined) onChange(!isOn);
      }}
    >
      <span className="switch-knob" />
    </button>
  );
}
