/** Why the last attempt did not succeed; each word has its text in i18n under account.login.problem. */
export type Problem =
  | "wrong" | "tooMany" | "refused" | "unreachable" | "server" | "code" | "locked" | "passwords" | "samePassword" | "weak"
  | "expired" | "taken" | "loggedOut";
