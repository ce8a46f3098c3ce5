import type { UserClaims } from 'nestjs-auth0-connect';

/** A user as the header shows them. */
export interface Person {
  name: string;
  firstName: string;
  email?: string;
  initials: string;
  picture?: string;
}

export function personOf({ sub, name, given_name, nickname, email, picture }: UserClaims): Person {
  const shown = name ?? nickname ?? email ?? sub;
  const words = shown.split(/[\s@|]+/).filter(Boolean);
  return {
    name: shown,
    firstName: given_name ?? words[0] ?? shown,
    email,
    initials: words
      .slice(0, 2)
      .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 32).toUpperCase())
      .join(''),
    picture: picture !== undefined && /^(https:|data:image\/)/.test(picture) ? picture : undefined,
  };
}
