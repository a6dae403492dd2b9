/** The person that is logged in in this browser tab. */
export interface Identity {
  token: string;
  uuid: string;
  name: string;
  username: string;
}

const key = "gotera.user";

/** save keeps the login for a reload of this tab, and no longer: sessionStorage ends with it. */
export function save(identity: Identity): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(identity));
  } catch {
    // no storage: a reload asks for the password again
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // nothing was kept either
  }
}

export function restore(): Identity | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return isIdentity(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: keyof Identity): boolean => typeof (value as Partial<Record<keyof Identity, unknown>>)[name] === "string";
  return has("token") && has("uuid") && has("name") && has("username");
}
