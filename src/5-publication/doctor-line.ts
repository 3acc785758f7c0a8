export type CheckupState = 'ok' | 'warn' | 'fail';

/** One line of a check-up: how it stands, what was found, and what mends it. */
export interface CheckupLine {
  readonly topic: string;
  readonly state: CheckupState;
  readonly says: string;
  readonly remedy: string | null;
}

const line =
  (state: CheckupState) =>
  (topic: string, says: string, remedy: string | null = null): CheckupLine => ({
    topic,
    state,
    says,
    remedy,
  });
export const [fine, odd, bad] = [line('ok'), line('warn'), line('fail')];
