const key = "gotera.joinsItself";

/** joinsItself: a call is joined after a few seconds unless the person says "Not now". Kept in this browser. */
export function joinsItself(): boolean {
  try {
    return localStorage.getItem(key) !== "no";
  } catch {
    return true;
  }
}

export function setJoinsItself(on: boolean): void {
  try {
    localStorage.setItem(key, on ? "yes" : "no");
  } catch {
    // no storage: the choice holds for this page only
  }
}

const clinicianKey = "gotera.clinician";

/** lastClinician is who called in this browser tab before: the person being waited for. */
export function lastClinician(): string {
  try {
    return sessionStorage.getItem(clinicianKey) ?? "";
  } catch {
    return "";
  }
}

export function rememberClinician(name: string): void {
  try {
    sessionStorage.setItem(clinicianKey, name);
  } catch {
    // no storage: the waiting room names nobody
  }
}
