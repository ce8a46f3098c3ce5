import { channel, type Channel } from 'node:diagnostics_channel';

/** What the channels' names begin with. */
export const CHANNEL_PREFIX = 'nestjs-auth0-connect';

/** What an application is asked before something happens, by a method of its hooks. */
export class Question<Event extends object> {
  declare readonly event?: Event;

  constructor(readonly method: string) {}
}

/** What has happened: an application hears of it by a method of its hooks, and on a channel of `node:diagnostics_channel`. */
export class Happening<Event extends object> {
  declare readonly event?: Event;
  readonly channel: Channel;

  constructor(
    readonly method: string,
    name: string,
  ) {
    this.channel = channel(`${CHANNEL_PREFIX}:${name}`);
  }
}
