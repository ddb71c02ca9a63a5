/**
 * A text as it may be kept and shown: the password of each address in it, `scheme://user:password@…`, as three stars.
 *
 * What a run records of its code, command and uncommitted changes goes through it; nothing else is recognised as a secret.
 *
 * @example
 * hidePasswords('openTaskPool("rolls", { url: "postgres://ann:secret@db/lab" })') // -> 'openTaskPool("rolls", { url: "postgres://ann:***@db/lab" })'
 */
export function hidePasswords(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"'`]*):[^\s"'`/]+@/gi, "$1:***@");
}
