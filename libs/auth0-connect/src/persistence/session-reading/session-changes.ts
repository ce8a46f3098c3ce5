/** Told by the stores what they have changed, so that no reader in this process shows it as it was. */
export interface SessionChanges {
  sessionChanged(sessionId: string): void;
  /** Something of a user in all of their sessions. */
  userChanged(): void;
}

export const NO_CACHE: SessionChanges = { sessionChanged: () => undefined, userChanged: () => undefined };
