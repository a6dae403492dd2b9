/** Which devices the person chose, kept in this browser. Ids may change when site data is cleared, labels do not. */
export interface Choice {
  id: string;
  label: string;
}

export type Role = "camera" | "microphone" | "speaker" | "camera2";

const key = "gotera.devices";

type Choices = Partial<Record<Role, Choice>>;

function load(): Choices {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // no storage in this browser, or not ours
  }
}

/** chosen returns what was remembered for a role. */
export function chosen(role: Role): Choice | undefined {
  const c = load()[role];
  return c && typeof c.id === "string" && typeof c.label === "string" ? c : undefined;
}

/** remember keeps a choice for the next session. */
export function remember(role: Role, choice: Choice): void {
  try {
    localStorage.setItem(key, JSON.stringify({ ...load(), [role]: choice }));
  } catch {
    // no storage: the choice holds for this page only
  }
}

type Device = Pick<MediaDeviceInfo, "deviceId" | "label">;

/** pick finds the chosen device among those present: by id, else by label. */
export function pick<D extends Device>(devices: readonly D[], choice: Choice | undefined): D | undefined {
  if (!choice) return undefined;
  return devices.find((d) => d.deviceId === choice.id) ?? devices.find((d) => d.label !== "" && d.label === choice.label);
}

/** defaultCamera is the one that faces the person when a label says so, else the first. */
export function defaultCamera<D extends Device>(cameras: readonly D[]): D | undefined {
  return cameras.find((d) => /\b(front|avant|user)\b/i.test(d.label)) ?? cameras[0];
}
