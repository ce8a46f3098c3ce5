/** Without the slashes at its end. A regular expression would look at a long row of them again from each one. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

/** Without the slashes at either end. */
export function trimSlashes(text: string): string {
  const end = withoutTrailingSlashes(text);
  let begin = 0;
  while (end[begin] === '/') begin += 1;
  return end.slice(begin);
}
