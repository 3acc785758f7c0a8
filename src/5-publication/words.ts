/** One finding in words: a full sentence, and what the author does next. */
export interface Words<Text = string> {
  readonly says: Text;
  readonly fix: Text;
}
