/** An ID token longer than this fits no address, and `id_token_hint` at logout is all that it is kept for. */
const LONGEST = 8192;

/** The ID token as it is kept for the logout: not at all when it is too long for that. */
export function idTokenToKeep(idToken: string | undefined): string | undefined {
  return idToken !== undefined && idToken.length <= LONGEST ? idToken : undefined;
}
