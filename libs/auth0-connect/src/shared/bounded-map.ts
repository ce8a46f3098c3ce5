/** A map that forgets what was set longest ago rather than grow beyond a size. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  /** @param most how many entries it holds at most */
  constructor(private readonly most: number) {
    super();
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    if (this.size > this.most) this.delete(this.keys().next().value as Key);
    return this;
  }
}
