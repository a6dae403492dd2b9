/** What a password still lacks; each word has its text in i18n under account.password.rule. */
export const rules = ["length", "lower", "upper", "digit", "special", "same"] as const;
export type Rule = (typeof rules)[number];

/** The special characters that OpenTera counts: all of ASCII's but @ : ; < = > ? */
const special = /[ !"#$%&'()*+,\-./[\\\]^_`{|}~]/;

/** kept says which rules a new password and its repetition keep (core.md, section 3.7). */
export function kept(password: string, again: string): Record<Rule, boolean> {
  return {
    length: password.length >= 10,
    lower: /[a-z]/.test(password),
    upper: /[A-Z]/.test(password),
    digit: /[0-9]/.test(password),
    special: special.test(password),
    same: password !== "" && password === again,
  };
}
