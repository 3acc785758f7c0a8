/** A refusal with GitHub's word for its kind, such as `NOT_FOUND`. */
export class Refused extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
